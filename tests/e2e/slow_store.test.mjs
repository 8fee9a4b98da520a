// With a store that is as slow for each commit as an SD card or a flash erase may be: slower than a busy machine is
// with anything that does not wait for the disk.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Stranger, MESSAGE } from './support/frames.mjs'
import { homeTest, RECORDING } from './support/home.mjs'
import { BEFORE_A_BEACON_MS, sleep } from './support/wait.mjs'

const COMMIT_MS = 800
const env = { VOLTBEACON_COMMIT_DELAY_MS: String(COMMIT_MS) }
const SPEED = 24 // 2.4 s of the recording in 100 ms
const INTERVAL_MS = 100
const EDITS = 6

const slowPair = (home, transmitter = {}) => home.pair({ transmitter: { env, ...transmitter }, receiver: { env } })

/** How often the next reading was late. A daemon that waits for its disk is late at each commit; a busy machine now
 *  and then. */
function lateReadings(readings) {
  return readings.slice(1).filter(({ arrivedMs }, index) => arrivedMs - readings[index].arrivedMs >= COMMIT_MS / 2)
}

homeTest(
  'A6: what is announced is on the disk: no beacon mentions a change before its commit has finished',
  async (home) => {
    const { receiver, transmitter } = await slowPair(home)
    const state = await receiver.state()
    const beganMs = performance.now()
    const set = transmitter.set('mqtt.port=1884')
    await state.section('mqtt', { port: 1884 })
    const tookMs = performance.now() - beganMs
    assert.ok(tookMs >= COMMIT_MS, `seen after ${tookMs} ms, in a commit of ${COMMIT_MS} ms`)
    assert.ok(tookMs < BEFORE_A_BEACON_MS, `seen after ${tookMs} ms`)
    await set
  },
)

homeTest(
  'A6: a transmitter killed during a commit comes back with the old content, and nobody has seen the new',
  async (home) => {
    const { receiver, transmitter, mac } = await slowPair(home)
    const state = await receiver.state()
    const set = transmitter.command('set', 'mqtt.port=1884')
    await sleep(100)
    await transmitter.kill()
    assert.equal((await set).code, 69)
    const again = await home.transmitter()
    assert.equal((await again.get('mqtt.port'))['mqtt.port'], '1883')
    await receiver.verified(mac)
    assert.ok(!state.messages.some(({ section }) => section?.name === 'mqtt' && section.values?.port === 1884))
  },
)

/** Resolves once the transmitter has the change; `.answer` to what it says of it. */
async function beginSet(transmitter, assignment) {
  const socket = connect(join(transmitter.data, 'control'))
  const answer = text(socket)
  await new Promise((resolve) => socket.write(`set\x1f${assignment}\n`, resolve))
  await transmitter.status() // connected later, and answered
  return { answer }
}

for (const [commitMs, expected] of [
  [COMMIT_MS, /^stored\n$/],
  [6000, /^error .*it is not known whether the change is stored/],
]) {
  homeTest(`A9: a change in progress when its transmitter is stopped is answered, ${commitMs} ms`, async (home) => {
    const transmitter = await home.transmitter({ env: { VOLTBEACON_COMMIT_DELAY_MS: String(commitMs) } })
    const { answer } = await beginSet(transmitter, 'mqtt.port=1884')
    await transmitter.stop()
    assert.match(await answer, expected)
    const again = await home.transmitter()
    assert.equal((await again.get('mqtt.port'))['mqtt.port'], '1884') // a disk that is slow loses nothing
  })
}

homeTest('E1 A9: edits are confirmed, and meanwhile no reading is late and no heartbeat is missed', async (home) => {
  const { receiver, mac } = await slowPair(home, {
    source: `csv:${RECORDING}`,
    args: ['--speed', String(SPEED), '--loop'],
  })
  const stranger = await Stranger.open(home)
  const cells = await receiver.cells()
  await cells.wait('the first', () => true)
  await sleep(300)
  const from = cells.mark
  const heardFrom = stranger.mark
  for (let edit = 0; edit < EDITS; edit++) {
    const beganMs = performance.now()
    assert.equal((await receiver.edit(mac, 'battery', { cell_count: 10 + edit })).state, 'confirmed')
    const tookMs = performance.now() - beganMs
    assert.ok(tookMs >= COMMIT_MS && tookMs < BEFORE_A_BEACON_MS, `confirmed after ${tookMs} ms`)
  }
  await sleep(300)
  const readings = cells.messages.slice(from)
  assert.ok(readings.length >= (EDITS * COMMIT_MS) / INTERVAL_MS / 2, `${readings.length} readings`)
  assert.ok(
    lateReadings(readings).length <= EDITS / 2,
    `${lateReadings(readings).length} of ${readings.length} readings were late`,
  )
  const beacons = stranger.heard
    .slice(heardFrom)
    .filter(({ src, message }) => src === mac && message === MESSAGE.BEACON)
  assert.ok(beacons.length >= EDITS, `${beacons.length} beacons for ${EDITS} changes`)
})

homeTest('A12: edits that wait together share a commit, and none is delayed beyond the next', async (home) => {
  const { receiver, transmitter, mac } = await slowPair(home)
  const state = await receiver.state()
  const { store_commits: before } = await transmitter.status()
  const sections = {
    mqtt: { port: 1884 },
    battery: { cell_count: 108 },
    can: { listen_only: true },
    inverter: { timeout_s: 7 },
  }
  const answers = await Promise.all(
    Object.entries(sections).map(async ([name, changes]) => {
      const { etag } = await receiver.section(mac, name)
      return receiver.patchSection(mac, name, changes, { etag })
    }),
  )
  await Promise.all(answers.map(({ json }) => state.edit(json.id, 'confirmed')))
  const { store_commits: after } = await transmitter.status()
  assert.ok(after - before <= 3, `${after - before} commits for four edits`)
})

homeTest("B1 E4: the receiver's own settings wait for the disk; live cells and other answers do not", async (home) => {
  const { receiver } = await slowPair(home, { source: `csv:${RECORDING}`, args: ['--speed', String(SPEED), '--loop'] })
  const cells = await receiver.cells()
  await cells.wait('the first', () => true)
  await sleep(500)
  const from = cells.mark
  for (let edit = 0; edit < EDITS; edit++) {
    const beganMs = performance.now()
    const patch = receiver.patchOwn({ receiver: { device_name: `Hall ${edit}` } })
    const other = receiver.get('/api/v1/transmitters').then(() => 'another answer')
    assert.equal(await Promise.race([other, patch]), 'another answer')
    assert.equal((await patch).status, 200)
    const tookMs = performance.now() - beganMs
    assert.ok(tookMs >= COMMIT_MS, `answered after ${tookMs} ms`)
  }
  const readings = cells.messages.slice(from)
  assert.ok(
    lateReadings(readings).length <= EDITS / 2,
    `${lateReadings(readings).length} of ${readings.length} readings were late`,
  )
})
