/** The air between the devices of a home: their radios are TAP devices of the link type of a Wi-Fi interface in monitor mode,
 *  one for each device, and every tenth frame is lost, to each that hears it by itself. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { Child } from './program.mjs'

const AIR = process.env.VOLTBEACON_AIR
const LOSS_PERMILLE = Number(process.env.VB_AIR_LOSS ?? 100)
const RADIOS = 8 // unless told otherwise, up to 24
const SEED = Number(process.env.VB_AIR_SEED ?? 10)

/** Why no radios can be had here, or false. */
export function noRadios() {
  const probes = ['0', '1'].map((end) => `vbp${process.pid}p${end}`)
  const { status, stderr } = spawnSync(AIR, ['0', '1', ...probes], { input: '', encoding: 'utf8' })
  return status !== 0 && `no TAP devices here: ${stderr}`
}

let count = 0

export class Air {
  static async open(radios) {
    return new Air(radios).start()
  }

  constructor(radios = RADIOS) {
    const name = `vb${process.pid}x${count++}`
    this.radios = Array.from({ length: radios }, (_, index) => `${name}_${index}`)
    this.devices = []
  }

  async start() {
    this.child = new Child('the air', AIR, [String(LOSS_PERMILLE), String(SEED), ...this.radios], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    await this.child.says(/ready/, { stream: 'stdout' })
    return this
  }

  /** The radio of the device of this name. When all have been given out the first is given again: whoever had it is not
   *  to run any more. */
  radio(device) {
    if (!this.devices.includes(device)) this.devices.push(device)
    return this.radios[this.devices.indexOf(device) % this.radios.length]
  }

  /** All radios are gone, as if they had been unplugged; start() brings them back. */
  async unplug() {
    await this.child.kill()
  }

  /** What was carried, as a sentence. */
  async close() {
    this.child.process.stdin.end()
    const { code } = await this.child.ended
    assert.equal(code, 0, this.child.stderr)
    return this.child.stdout.replace('ready\n', '').trim()
  }
}
