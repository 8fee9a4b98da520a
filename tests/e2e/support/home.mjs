/** A home: devices on their own link, with a temporary folder, watched until they are stopped. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Air, noRadios } from './air.mjs'
import { Receiver, Transmitter } from './devices.mjs'
import { cannotBeOnTheAir, ON_THE_AIR } from './on_the_air.mjs'
import { freeLinkPort } from './ports.mjs'
import { PATIENCE_MS } from './wait.mjs'

export const RECORDING = fileURLToPath(new URL('../../fixtures/wide_96s.csv', import.meta.url))

/** On the air anybody can listen; the owner of the home allows it. */
const OPEN_AIR = ['--insecure-open-link', '--allow-unsealed-secrets']

export class Home {
  /** On the loopback interface, or on the air with at most so many radios. */
  static async open({ radios } = {}) {
    const home = new Home(await mkdtemp(join(tmpdir(), 'voltbeacon-')))
    if (ON_THE_AIR) home.air = await Air.open(radios)
    else home.linkPort = await freeLinkPort()
    return home
  }

  constructor(folder) {
    this.folder = folder
    this.linkPort = undefined // of the loopback interface
    this.linkOptions = '' // more options, such as ",group=239.1.2.3"
    this.linkText = undefined // another kind of link: "pipe:PATH"
    this.air = undefined // where all devices are on it
    this.children = [] // in the order in which they were started
    this.closers = []
  }

  /** The options with which the device of this name is on the link. */
  linkOf(device) {
    if (this.linkText !== undefined) return ['--link', this.linkText]
    if (this.air) return ['--link', `espnow:${this.air.radio(device)}`, ...OPEN_AIR]
    const open = this.linkOptions.includes('group=') ? ['--insecure-open-link'] : []
    return ['--link', `udp:port=${this.linkPort}${this.linkOptions}`, ...open]
  }

  /** Likewise for a device that is alone, or that is refused. */
  get link() {
    return this.linkOf('a device')
  }

  path(name) {
    return join(this.folder, name)
  }

  async transmitter({ name = 'transmitter', args = [], source = 'sim', ...options } = {}) {
    return this.watch(
      new Transmitter(this.path(name), [...this.linkOf(name), '--source', source, ...args], options),
    ).ready()
  }

  async receiver({ name = 'receiver', args = [], ...options } = {}) {
    return this.watch(
      new Receiver(this.path(name), [...this.linkOf(name), '--http', '127.0.0.1:0', ...args], options),
    ).ready()
  }

  /** A receiver whose settings alone say where to serve its pages. */
  async receiverAsSet({ name = 'receiver', args = [], ...options } = {}) {
    return this.watch(new Receiver(this.path(name), [...this.linkOf(name), ...args], options)).ready()
  }

  /** One of each; the receiver knows everything about the transmitter. */
  async pair({ transmitter, receiver } = {}) {
    const devices = [await this.receiver(receiver), await this.transmitter(transmitter)]
    await this.meets(...devices)
    return { receiver: devices[0], transmitter: devices[1], mac: devices[1].mac }
  }

  /** Waits until the receiver holds everything of the transmitter. */
  async meets(receiver, transmitter) {
    const state = await receiver.state()
    await state.transmitter(
      `${transmitter.mac} verified`,
      ({ mac, sync }) => mac === transmitter.mac && sync === 'verified',
      { timeoutMs: PATIENCE_MS },
    )
    state.close()
  }

  /** Stops a child with this home; fails if it has exited before. */
  watch(child) {
    this.children.push(child)
    return child
  }

  /** Calls this when the home is closed. */
  onClose(close) {
    this.closers.push(close)
  }

  async close() {
    const running = this.children.filter((child) => !child.exit)
    for (const child of this.children) child.web?.close()
    const ends = await Promise.allSettled(this.children.map((child) => child.stop()))
    for (const close of this.closers.reverse()) await close()
    this.heard = await this.air?.close()
    await rm(this.folder, { recursive: true, force: true })
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed) throw failed.reason
    for (const child of this.children) {
      child.web?.assertContractKept()
      child.assertNoSanitizerReport()
      if (child.killed) continue
      assert.deepEqual(
        child.exit,
        { code: 0, signal: null },
        `${child.name} ended ${running.includes(child) ? 'so when asked to' : 'by itself'}:\n${child.stderr}`,
      )
    }
  }

  logs() {
    return this.children.map((child) => `--- ${child.name}\n${child.stderr.slice(-4000)}`).join('\n')
  }
}

const noAir = ON_THE_AIR && noRadios()

/** A test with a home; if it fails, the output of the daemons is shown. */
export function homeTest(name, body, { radios, skip, ...options } = {}) {
  const lacks = skip || noAir || (ON_THE_AIR && cannotBeOnTheAir(name))
  test(name, { timeout: 600000, ...options, skip: lacks }, async (t) => {
    const home = await Home.open({ radios })
    let fault
    try {
      await body(home, t)
    } catch (error) {
      fault = error
    }
    try {
      await home.close()
    } catch (error) {
      fault ??= error
    }
    if (home.heard) t.diagnostic(`on the air: ${home.heard}`)
    if (fault) {
      t.diagnostic(home.logs())
      throw fault
    }
  })
}
