/** The firmware as programs of this machine, over stand-ins for ESP-IDF. Both end with their stdin. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { Child } from './program.mjs'
import { sleep, until, within } from './wait.mjs'

const LOSS_PERCENT = 10
export const ALL_LOST = 100

class Firmware extends Child {
  static async start(home, loss = LOSS_PERCENT) {
    const firmware = home.watch(new this(home, loss))
    await firmware.says(/^started$/m, { stream: 'stdout' })
    return firmware
  }

  constructor(home, role, program, mac, loss) {
    const nvs = home.path(`${role}.nvs`)
    super(`the ${role}'s firmware`, program, [nvs, home.path('link'), mac, String(loss)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.nvs = nvs
    this.mac = mac
  }

  /** Until NVS has written what there was to be written for a while. */
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
  constructor(home, loss) {
    super(home, 'transmitter', process.env.VOLTBEACON_FIRMWARE_TRANSMITTER, '02:00:00:00:00:54', loss)
  }
}

/** Asked one thing after the other, as by a web server: "METHOD PATH IF-MATCH BODY" a line. */
export class FirmwareReceiver extends Firmware {
  constructor(home, loss) {
    super(home, 'receiver', process.env.VOLTBEACON_FIRMWARE_RECEIVER, '02:00:00:00:00:52', loss)
  }

  async request(method, path, { etag = '-', body } = {}) {
    const from = this.stdout.length
    this.process.stdin.write(`${method} ${path} ${etag} ${body === undefined ? '-' : JSON.stringify(body)}\n`)
    const answered = () => this.stdout.slice(from).match(/^(\d+) (\S+) (.*)\n/m)
    const [, status, tag, text] = await within(`an answer to ${path}`, 20000, until(path, answered))
    return { status: Number(status), etag: tag, json: JSON.parse(text) }
  }

  async get(path) {
    const { status, json } = await this.request('GET', path)
    assert.equal(status, 200, JSON.stringify(json))
    return json
  }

  verified(mac) {
    return until(`${mac} verified`, async () => {
      const { status, json } = await this.request('GET', `/api/v1/transmitters/${mac}`)
      return status === 200 && json.sync === 'verified' && json
    })
  }

  async readings(mac, cells = 96) {
    await until(
      `readings of ${cells} cells`,
      async () => (await this.get(`/api/v1/transmitters/${mac}/cells`)).cells?.length === cells,
    )
  }

  async edit(mac, section, changes) {
    const path = `/api/v1/transmitters/${mac}/sections/${section}`
    const { etag } = await this.request('GET', path)
    const { status, json } = await this.request('PATCH', path, { etag, body: changes })
    assert.equal(status, 202, JSON.stringify(json))
    return until('the edit to be settled', async () => {
      const edit = await this.get(`/api/v1/transmitters/${mac}/edits/${json.id}`)
      return edit.state !== 'pending' && edit
    })
  }
}
