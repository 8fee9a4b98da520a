// The receiver's firmware, on this machine over stand-ins for ESP-IDF, beside the transmitter that ships.
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { homeTest } from './support/home.mjs'
import { Child } from './support/program.mjs'
import { sleep, until, within } from './support/wait.mjs'

const PROGRAM = process.env.VOLTBEACON_FIRMWARE_RECEIVER
const LOSS_PERCENT = 10
const ALL_LOST = 100

/** Asked one thing after the other, as by a web server: "METHOD PATH IF-MATCH BODY" a line. */
class Firmware extends Child {
  constructor(home, loss) {
    const args = [home.path('nvs'), home.path('link'), '02:00:00:00:00:52', String(loss)]
    super('the firmware', PROGRAM, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.nvs = args[0]
  }

  static async start(home, loss = LOSS_PERCENT) {
    const firmware = home.watch(new Firmware(home, loss))
    await firmware.says(/^started$/m, { stream: 'stdout' })
    return firmware
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

  transmitter(mac, what, probe) {
    return until(what, async () => {
      const { status, json } = await this.request('GET', `/api/v1/transmitters/${mac}`)
      return status === 200 && probe(json) && json
    })
  }

  verified(mac) {
    return this.transmitter(mac, `${mac} verified`, ({ sync }) => sync === 'verified')
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

homeTest(
  'with a tenth of the frames lost, settings are verified, readings come and an edit is confirmed',
  async (home) => {
    home.linkText = `pipe:${home.path('link')}`
    const firmware = await Firmware.start(home)
    const { mac } = await home.transmitter()
    await firmware.verified(mac)
    await until(
      'readings of 96 cells',
      async () => (await firmware.get(`/api/v1/transmitters/${mac}/cells`)).cells?.length === 96,
    )
    assert.equal((await firmware.edit(mac, 'mqtt', { port: 8883 })).state, 'confirmed')
    const receiver = await firmware.get('/api/v1/receiver')
    assert.equal(receiver.store.persistent, true)
    await firmware.end()
  },
)

homeTest(
  'after its power was cut, settings are there at once from NVS, before the transmitter is heard',
  async (home) => {
    home.linkText = `pipe:${home.path('link')}`
    let firmware = await Firmware.start(home)
    const { mac } = await home.transmitter()
    await firmware.verified(mac)
    assert.equal((await firmware.edit(mac, 'mqtt', { port: 8884 })).state, 'confirmed')
    await firmware.stored()

    await firmware.kill()
    firmware = await Firmware.start(home, ALL_LOST)
    const section = await firmware.get(`/api/v1/transmitters/${mac}/sections/mqtt`)
    assert.match(JSON.stringify(section), /8884/)
    assert.notEqual((await firmware.get(`/api/v1/transmitters/${mac}`)).sync, 'verified')

    await firmware.kill()
    firmware = await Firmware.start(home)
    await firmware.verified(mac)
    await firmware.end()
  },
)
