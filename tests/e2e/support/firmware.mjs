/** The firmware as host programs, with stand-ins for ESP-IDF. Both end when their stdin closes. */
import { statSync } from 'node:fs'
import { ReceiverAt } from './devices.mjs'
import { Child } from './program.mjs'
import { sleep, until } from './wait.mjs'

const LOSS_PERCENT = 10
export const ALL_LOST = 100

class Firmware extends Child {
  static async start(home, loss = LOSS_PERCENT, ...more) {
    return home.watch(new this(home, loss, ...more)).ready()
  }

  constructor(home, role, program, mac, loss, ...more) {
    const nvs = home.path(`${role}.nvs`)
    super(`the ${role}'s firmware`, program, [nvs, home.path('link'), mac, String(loss), ...more.map(String)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.nvs = nvs
    this.mac = mac
  }

  /** Waits until NVS has had nothing more to write for a while. */
  async stored() {
    let writes
    await until('NVS to be at rest', async () => {
      await sleep(2000)
      const before = writes
      writes = statSync(this.nvs).mtimeMs
      return writes === before
    })
  }

  end() {
    this.process.stdin.end()
    return this.ended
  }
}

export class FirmwareTransmitter extends Firmware {
  async ready() {
    await this.says(/^started$/m, { stream: 'stdout' })
    return this
  }

  /** Types a line at its console, and waits for what it answers. */
  types(line, answer) {
    const from = this.stdout.length
    this.process.stdin.write(`${line}\n`)
    return until(`${answer} after: ${line}`, () => answer.test(this.stdout.slice(from)))
  }

  constructor(home, loss) {
    super(home, 'transmitter', process.env.VOLTBEACON_FIRMWARE_TRANSMITTER, '02:00:00:00:00:54', loss)
  }
}

/** Its `web` has all methods of ReceiverAt. A port, if it is to be served where it was before. */
export class FirmwareReceiver extends Firmware {
  constructor(home, loss, ...port) {
    super(home, 'receiver', process.env.VOLTBEACON_FIRMWARE_RECEIVER, '02:00:00:00:00:52', loss, ...port)
  }

  get port() {
    return new URL(this.web.url).port
  }

  async ready() {
    const [, url] = await this.says(/^(http:\/\/\S+)\/\n/m, { stream: 'stdout' })
    this.web = new ReceiverAt(url)
    return this
  }

  readings(mac, cells = 96) {
    return until(
      `readings of ${cells} cells`,
      async () => (await this.web.get(`/api/v1/transmitters/${mac}/cells`)).cells?.length === cells,
    )
  }
}
