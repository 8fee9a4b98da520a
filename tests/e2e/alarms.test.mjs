// Alarms over time: settings that change under them, silence, restarts, and impossible values.
import assert from 'node:assert/strict'
import { homeTest } from './support/home.mjs'
import { PACK_CELLS, writePack } from './support/pack_file.mjs'
import { sleep, until } from './support/wait.mjs'

const events = async (receiver, query) => (await receiver.get(`/api/v1/events?type=alarm&${query}`)).events

const oneEvent = (receiver, query, timeoutMs) => until(query, async () => (await events(receiver, query))[0], timeoutMs)

/** A pack whose fifth cell is off by this much from the third second on. */
function pairWithCellOff(home, offMv) {
  const source = writePack(home.path('off.csv'), {
    spoil: (cells, row) => {
      if (row >= 30) cells[4] += offMv
    },
  })
  return home.pair({ transmitter: { source, args: ['--loop'] } })
}

homeTest("E6: the receiver's own thresholds act at once: an open alarm ends, and a new one begins", async (home) => {
  const { receiver, mac } = await pairWithCellOff(home, -60)
  const first = await oneEvent(receiver, 'kind=imbalance')
  assert.deepEqual([first.cell, first.level, first.end], [5, 'alert', null])
  assert.equal((await receiver.transmitter(mac)).alarms.balance, 'judged')
  await receiver.set({ alarms: { imbalance_warn_mv: 300, imbalance_alert_mv: 400 } })
  const ended = await oneEvent(receiver, 'kind=imbalance&open=false')
  assert.equal(ended.id, first.id)
  await receiver.set({ alarms: { imbalance_warn_mv: 20, imbalance_alert_mv: 300 } })
  const second = await oneEvent(receiver, 'kind=imbalance&open=true')
  assert.notEqual(second.id, first.id)
  assert.deepEqual([second.cell, second.level], [5, 'warning'])
  await receiver.set({ alarms: { imbalance_enabled: false } })
  await oneEvent(receiver, 'kind=imbalance&open=false')
  await until('it is said', async () => (await receiver.transmitter(mac)).alarms.balance === 'ignored: switched off')
})

homeTest('E6: with the black box switched off an alert is reported but not recorded', async (home) => {
  const receiver = await home.receiver()
  await receiver.set({ alarms: { black_box: false } })
  const source = writePack(home.path('low.csv'), {
    spoil: (cells) => {
      cells[4] = 2700
    },
  })
  await home.transmitter({ source, args: ['--loop'] })
  const alarm = await oneEvent(receiver, 'kind=cell_under_voltage')
  assert.deepEqual([alarm.level, alarm.recording], ['alert', null])
  await sleep(1000)
  assert.deepEqual((await receiver.get('/api/v1/recordings')).recordings, [])
})

homeTest(
  'E6: a source that ends while its transmitter lives raises "stopped"; the next reading ends it',
  async (home) => {
    const receiver = await home.receiver()
    await receiver.set({ alarms: { readings_stopped_s: 5 } })
    const transmitter = await home.transmitter({ source: writePack(home.path('short.csv'), { seconds: 3 }) })
    await home.meets(receiver, transmitter)
    const stopped = await oneEvent(receiver, 'kind=readings_stopped')
    assert.deepEqual([stopped.cell, stopped.level, stopped.unit, stopped.threshold], [null, 'warning', 's', 5])
    assert.deepEqual(await events(receiver, 'kind=link_lost'), [])
    assert.equal((await receiver.transmitter(transmitter.mac)).link, 'Connected')
    await transmitter.stop()
    await home.transmitter({ source: 'sim:cells=16' })
    assert.equal((await oneEvent(receiver, 'kind=readings_stopped&open=false')).id, stopped.id)
  },
)

homeTest(
  'E6: alarms of a transmitter that never comes back stay open as last known, even after kill -9',
  async (home) => {
    const { receiver, transmitter } = await pairWithCellOff(home, -1100)
    const low = await oneEvent(receiver, 'kind=cell_under_voltage')
    assert.equal(low.last_known, null)
    await transmitter.kill()
    const lost = await oneEvent(receiver, 'kind=link_lost&open=true', 60000)
    const { age_s } = await receiver.get(`/api/v1/transmitters/${transmitter.mac}/cells`) // no more can come
    const lastMs = Date.now() - age_s * 1000
    let since = null // of the last reading, not of when its silence was noticed, and the same after a restart
    const check = async (at) => {
      const known = await until('it is as last known', async () => {
        const [alarm] = await events(at, 'kind=cell_under_voltage')
        return alarm?.last_known && alarm
      })
      since ??= known.last_known
      assert.deepEqual([known.id, known.end, known.last_known, known.watched], [low.id, null, since, false])
      assert.equal(known.duration_s, (Date.parse(since) - Date.parse(low.begin)) / 1000)
      assert.match(known.text, /when last heard/)
    }
    await check(receiver)
    assert.ok(Math.abs(Date.parse(since) - lastMs) < 2000, `${since}, lost at ${lost.begin}`)
    assert.ok(Date.parse(since) < Date.parse(lost.begin) - 20000, `${since}, lost at ${lost.begin}`)
    await receiver.saved()
    await receiver.kill()
    const again = await home.receiver()
    await check(again)
    assert.equal((await events(again, 'kind=link_lost')).length, 1)

    await home.transmitter({ source: 'sim:cells=16' }) // it does come back, and is well
    const ended = await oneEvent(again, 'kind=cell_under_voltage&open=false')
    assert.deepEqual([ended.id, ended.last_known], [low.id, null])
  },
)

homeTest('what was learnt about weak cells survives a restart', async (home) => {
  const { receiver, transmitter, mac } = await home.pair({
    transmitter: { source: 'sim:cells=12,weak=5,profile=steps,fast=20' },
  })
  const path = `/api/v1/transmitters/${mac}/weak-cells`
  const learnt = await until(
    'deviations at rest',
    async () => {
      const weak = await receiver.get(path)
      return weak.cells.some((cell) => cell.deviation_rest_mv !== null) && weak
    },
    30000,
  )
  await transmitter.stop()
  const before = await receiver.get(path)
  await receiver.stop()
  const again = await home.receiver()
  const after = await again.get(path)
  assert.equal(after.since, learnt.since)
  assert.deepEqual(after, before)
})

homeTest(
  'E1: impossible values are shown as they are or as missing, and enter no statistic or history',
  async (home) => {
    const spoil = (cells, row) => {
      cells[2] = 0
      cells[3] = 8191
      cells[4] = 65535
      if (row % 2 === 0) cells[5] = 6000 // a number, but not of a lithium cell
    }
    const { receiver, mac } = await home.pair({
      transmitter: { source: writePack(home.path('odd.csv'), { spoil }), args: ['--loop'] },
    })
    const cells = await receiver.cells(mac)
    const reading = await cells.wait('the impossible cell', ({ cells: mv }) => mv[5] === 6000)
    assert.deepEqual(reading.cells.slice(2, 5), [null, null, null])
    assert.ok(
      reading.min >= 3800 && reading.max <= 3802 && reading.avg > 3799 && reading.avg < 3803,
      JSON.stringify(reading),
    )
    assert.ok(reading.max_index !== 5 && reading.delta <= 2)

    await receiver.set({ history: { write_interval_s: 1 } })
    const { points } = await until('a point of more than one reading, of which every second is odd', async () => {
      const { status, json } = await receiver.request('GET', `/api/v1/transmitters/${mac}/history?resolution=10`)
      return status === 200 && json.points[0]?.cells_mv[5] && json
    })
    assert.equal(points[0].cells_mv.length, PACK_CELLS)
    assert.deepEqual(points[0].cells_mv.slice(2, 5), [null, null, null])
    const [lowest, , highest] = points[0].cells_mv[5]
    assert.ok(lowest >= 3800 && highest <= 3802)
    const missing = await until('three cells are missing', async () => {
      const open = await events(receiver, 'kind=cell_not_available&open=true')
      return open.length === 3 && open
    })
    assert.deepEqual(missing.map(({ cell }) => cell).sort(), [3, 4, 5])
    assert.deepEqual(await events(receiver, 'kind=cell_over_voltage'), [])
  },
)
