// What everyone calls a backup: a data folder is copied, and restored later. And a card that was cloned.
import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { Stranger } from './support/frames.mjs'
import { homeTest } from './support/home.mjs'
import { BEFORE_A_BEACON_MS, sleep, until } from './support/wait.mjs'

const BACK_MS = BEFORE_A_BEACON_MS // from the first word of the transmitter to "verified"
const copyOf = (home, name) => {
  const copy = home.path(`${name}.copy`)
  cpSync(home.path(name), copy, { recursive: true })
  return () => {
    rmSync(home.path(name), { recursive: true })
    cpSync(copy, home.path(name), { recursive: true })
  }
}

/** Starts the transmitter; until the receiver has it whole, with that server, how long it took. Meanwhile no page may take
 *  what it does not have for verified. */
async function returns(home, receiver, mac, server, { program } = {}) {
  const state = await receiver.state()
  const transmitter = await home.transmitter(program ?? {})
  assert.equal(transmitter.mac, mac, 'the folder tells who it is')
  const began = Date.now()
  const other = []
  await until(`${server} verified`, async () => {
    const { sync, link } = await receiver.transmitter(mac)
    const section = await receiver.section(mac, 'mqtt')
    if (link === 'Connected' && sync === 'verified' && section.sync === 'verified') {
      if (section.values.server === server) return true
      other.push([Date.now() - began, section.values.server])
    }
    return false
  })
  const took = Date.now() - began
  state.close()
  return { transmitter, took, other }
}

homeTest('A1 A6: a transmitter whose folder was restored is back and verified at once, as a reboot', async (home) => {
  const receiver = await home.receiver()
  let transmitter = await home.transmitter()
  const { mac } = transmitter
  await home.meets(receiver, transmitter)
  await transmitter.set('mqtt.server=old.example')
  await until('old settings', async () => (await receiver.section(mac, 'mqtt')).values.server === 'old.example')
  await transmitter.stop()
  const putBack = copyOf(home, 'transmitter')

  for (const round of [1, 2]) {
    ;({ transmitter } = await returns(home, receiver, mac, 'old.example'))
    for (const port of [1884, 1885, 1886]) await transmitter.set(`mqtt.port=${port}`)
    await transmitter.set('mqtt.server=new.example')
    await until('new settings', async () => {
      const { values, sync } = await receiver.section(mac, 'mqtt')
      return values.server === 'new.example' && sync === 'verified'
    })
    await sleep(3000) // the run that is undone lasts longer than the one that follows has lasted when it is judged
    await transmitter.stop()
    putBack()
    const {
      quality: { reboots },
    } = await receiver.transmitter(mac)
    const back = await returns(home, receiver, mac, 'old.example')
    assert.ok(back.took <= BACK_MS, `round ${round}: verified after ${back.took} ms`)
    assert.deepEqual(back.other, [], 'nothing of the other run is "verified" once it is heard again')
    const { values } = await receiver.section(mac, 'mqtt')
    assert.equal(values.port, 1883)
    assert.equal((await receiver.transmitter(mac)).quality.reboots, reboots + 1)
    transmitter = back.transmitter
    // an edit is made on what is there now
    const edit = await receiver.edit(mac, 'mqtt', { port: 1999 })
    assert.equal(edit.state, 'confirmed')
    await transmitter.stop()
    putBack()
  }
})

homeTest(
  'A1 A4: a receiver whose folder was restored shows what it held as old, and is verified at once',
  async (home) => {
    let receiver = await home.receiver()
    const transmitter = await home.transmitter()
    const { mac } = transmitter
    await home.meets(receiver, transmitter)
    await transmitter.set('mqtt.server=old.example')
    await until('old settings', async () => (await receiver.section(mac, 'mqtt')).values.server === 'old.example')
    await receiver.saved()
    await receiver.stop()
    const putBack = copyOf(home, 'receiver')
    receiver = await home.receiver()
    await transmitter.set('mqtt.server=new.example')
    await until('new settings', async () => (await receiver.section(mac, 'mqtt')).values.server === 'new.example')
    await receiver.saved()
    await receiver.stop()
    putBack()
    receiver = await home.receiver()
    const began = Date.now()
    await until('verified', async () => {
      const { values, sync } = await receiver.section(mac, 'mqtt')
      assert.ok(sync !== 'verified' || values.server === 'new.example', 'what was put back is not verified')
      return sync === 'verified'
    })
    // until a receiver is answered it knows what it held as old; the transmitter answers its first word
    assert.ok(Date.now() - began <= BACK_MS, `verified after ${Date.now() - began} ms`)
  },
)

homeTest('A1: both folders restored: verified at once', async (home) => {
  let receiver = await home.receiver()
  let transmitter = await home.transmitter()
  const { mac } = transmitter
  await home.meets(receiver, transmitter)
  await transmitter.set('mqtt.server=old.example')
  await until('old settings', async () => (await receiver.section(mac, 'mqtt')).values.server === 'old.example')
  await receiver.saved()
  await transmitter.stop()
  await receiver.stop()
  const putBack = [copyOf(home, 'receiver'), copyOf(home, 'transmitter')]
  receiver = await home.receiver()
  transmitter = await home.transmitter()
  await home.meets(receiver, transmitter)
  await transmitter.set('mqtt.server=new.example')
  await until('new settings', async () => (await receiver.section(mac, 'mqtt')).values.server === 'new.example')
  await receiver.saved()
  await receiver.kill()
  await transmitter.kill()
  putBack.forEach((put) => put())
  receiver = await home.receiver()
  const { took } = await returns(home, receiver, mac, 'old.example')
  assert.ok(took <= BACK_MS, `verified after ${took} ms`)
})

homeTest(
  'a cloned card: two transmitters with one folder are reported once, at bounded cost, until one is gone',
  async (home) => {
    const receiver = await home.receiver()
    const first = await home.transmitter()
    const { mac } = first
    await home.meets(receiver, first)
    await first.stop()
    cpSync(home.path('transmitter'), home.path('clone'), { recursive: true })
    const one = await home.transmitter()
    const two = await home.transmitter({ name: 'clone', args: ['--mac', mac] })
    const stranger = await Stranger.open(home, 'receivers')
    await until('said', async () => (await receiver.transmitter(mac)).cloned === true, 60000)
    const mark = stranger.mark
    const before = (await receiver.transmitter(mac)).quality.reboots
    await sleep(10000)
    const frames = stranger.heard.slice(mark)
    assert.ok(frames.length <= 60, `${frames.length} frames of the receiver in 10 s`)
    const { quality, sync } = await receiver.transmitter(mac)
    assert.ok(quality.reboots - before <= 1, `${quality.reboots - before} reboots`)
    assert.notEqual(sync, 'verified')
    assert.equal(receiver.stderr.match(/two devices have this address/g)?.length, 1, receiver.stderr)
    const { events } = await receiver.get('/api/v1/events')
    assert.ok(events.filter(({ kind }) => kind.includes('reboot')).length <= 4, 'no flood of reboots')
    await two.stop()
    await until('one again', async () => (await receiver.transmitter(mac)).cloned === false, 60000)
    await receiver.verified(mac)
    assert.ok(one)
  },
  { timeout: 200000 },
)
