// The main job: two devices in sync, live cells of a recorded drive at a WebSocket.
import assert from 'node:assert/strict'
import { homeTest, RECORDING } from './support/home.mjs'
import { readWideRecording } from './support/recording.mjs'
import { sleep } from './support/wait.mjs'

/** Of those in the middle: a busy machine delays some. */
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]

const SPEED = 10
const INTERVAL_S = 0.24 // the recording's 2.4 s

homeTest(
  'A1 A8 B2: a receiver finds a transmitter, holds all its sections and says they are verified',
  async (home) => {
    const { receiver, mac } = await home.pair({ transmitter: { args: ['--name', 'Cellar pack'] } })

    const { transmitters } = await receiver.get('/api/v1/transmitters')
    assert.deepEqual(
      transmitters.map((one) => one.mac),
      [mac],
    )
    const transmitter = await receiver.transmitter(mac)
    assert.equal(transmitter.name, 'Cellar pack')
    assert.equal(transmitter.link, 'Connected')
    assert.equal(transmitter.runtime.known, true)
    assert.equal(transmitter.runtime.stale, false)
    assert.equal(transmitter.firmware.device_type, 'TRANSMITTER')
    assert.equal(transmitter.editable, true)

    const { sections } = await receiver.get(`/api/v1/transmitters/${mac}/sections`)
    const schema = await receiver.get('/api/v1/schema')
    const owned = schema.sections.filter((section) => section.owner === 'transmitter')
    assert.deepEqual(
      sections.map((section) => section.name),
      owned.map((section) => section.name),
    )
    for (const section of sections) {
      assert.equal(section.sync, 'verified', section.name)
      assert.ok(section.version > 0 && section.age_s >= 0, section.name)
      const fields = owned.find((one) => one.name === section.name).fields
      assert.deepEqual(
        Object.keys(section.values),
        fields.map((field) => field.name),
      )
    }

    const own = await receiver.get('/api/v1/receiver')
    assert.notEqual(own.mac, mac)
    assert.deepEqual(Object.keys(own.sections), ['receiver', 'display', 'alarms', 'history'])
  },
)

homeTest('A3 A11: a section larger than a frame arrives whole', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  const held = (await receiver.section(mac, 'power_profile')).values
  assert.equal(held.charge_limit_w.length, 48)

  const state = await receiver.state()
  const limits = held.charge_limit_w.map((_, index) => 1000 + index)
  await transmitter.set(`power_profile.charge_limit_w=${limits.join(',')}`)
  const pushed = await state.section('power_profile', { charge_limit_w: limits })
  assert.deepEqual(pushed.values.discharge_limit_w, held.discharge_limit_w)
})

homeTest('C1 F3: the seconds since the last frame and since the last beacon tick separately', async (home) => {
  const { receiver, mac } = await home.pair()
  const before = await receiver.transmitter(mac)
  await sleep(1500)
  const after = await receiver.transmitter(mac)
  assert.ok(after.seconds_since_beacon >= before.seconds_since_beacon + 1.3, 'no beacon at rest')
  assert.ok(after.next_beacon_s <= before.next_beacon_s - 1.3)
  assert.ok(after.seconds_since_frame < after.seconds_since_beacon, 'readings are evidence')
})

homeTest(
  'E1 E2 E4: readings of a recording reach /ws/cells at its pace, complete, with the right statistics',
  async (home) => {
    const { receiver, mac } = await home.pair({
      transmitter: { source: `csv:${RECORDING}`, args: ['--speed', String(SPEED), '--loop'] },
    })
    const rows = readWideRecording(RECORDING)
    const cells = await receiver.cells(mac)
    await cells.wait('the current reading', () => true)
    const begunMs = performance.now()
    await sleep(4000)
    await cells.wait('a cell that is not available', (reading) => reading.cells.includes(null), { from: 1 })
    const readings = cells.messages.slice(1)

    const most = (performance.now() - begunMs) / (2400 / SPEED) + 3
    assert.ok(readings.length >= 8 && readings.length <= most, `${readings.length} readings in 4 s, at most ${most}`)
    readings.forEach((reading, index) => {
      const row = rows.find((one) => JSON.stringify(one.cells) === JSON.stringify(reading.cells))
      assert.ok(row, `reading ${reading.sequence} is a row of the recording`)
      const {
        type,
        mac: from,
        min,
        max,
        avg,
        delta,
        min_index,
        max_index,
        temps,
        pack_voltage_v,
        current_a,
        soc_pct,
      } = reading
      assert.deepEqual(
        { type, from, min, max, avg, delta, min_index, max_index, temps, pack_voltage_v, current_a, soc_pct },
        { type: 'cell_update', from: mac, ...row.expected },
      )
      assert.ok(Math.abs(reading.timestamp - Date.now() / 1000) < 60)
      assert.ok(reading.together && reading.available)
      if (index > 0) {
        assert.ok(reading.sequence > readings[index - 1].sequence, 'none comes twice')
      }
    })
    const missing = readings.at(-1).sequence - readings[0].sequence - (readings.length - 1)
    const missed = readings.length / (home.air ? 2 : 4) // on a busy machine some fall to the rate limit
    assert.ok(missing <= missed, `${missing} readings are missing`)
    const spans = readings.slice(1).map((reading, index) => reading.timestamp - readings[index].timestamp)
    const apart = readings.slice(1).map(({ interval_s }, index) => Math.abs(interval_s - spans[index]))
    assert.ok(Math.abs(median(spans) - INTERVAL_S) < 0.02, `median of ${spans}`)
    assert.ok(median(apart) < 0.05, `interval and timestamps differ: ${apart}`)
    assert.ok(median(readings.map(({ age_s }) => age_s)) < 0.5, 'they are of the present')
  },
)

homeTest('E4 F2: /ws/state begins with a snapshot, equal to what the API says', async (home) => {
  const { receiver, mac } = await home.pair()
  const state = await receiver.state()
  const kinds = state.messages
    .map(({ type, section }) => (type === 'section' ? section.name : type))
    .filter((kind, index) => kind !== 'receiver' || index === 0) // it comes again when its history has begun
  const ready = kinds.indexOf('ready')
  assert.equal(kinds[0], 'receiver')
  assert.equal(kinds[1], 'transmitter')
  const { sections } = await receiver.get(`/api/v1/transmitters/${mac}/sections`)
  assert.deepEqual(
    kinds.slice(2, ready),
    sections.map((section) => section.name),
  )
  for (const section of sections) {
    const pushed = state.messages.find((message) => message.section?.name === section.name).section
    assert.deepEqual({ ...pushed, age_s: 0 }, { ...section, age_s: 0 })
  }
})

homeTest('E4: a client that does not read slows nobody else and gets the newest when it reads again', async (home) => {
  const { receiver } = await home.pair({
    transmitter: { source: `csv:${RECORDING}`, args: ['--speed', '24', '--loop'] },
  })
  const slow = await receiver.cells()
  const quick = await receiver.cells()
  await slow.wait('its first', () => true)
  slow.socket.pause()
  const from = quick.mark
  await quick.wait('thirty more', () => quick.mark - from >= 30, { from, timeoutMs: 30000 })
  const newest = quick.messages.at(-1).sequence
  slow.socket.resume()
  await slow.wait('the newest', (message) => message.sequence >= newest)
})
