// A machine without a clock of its own: its time of day is unset, or that of its last shutdown, and then it is set.
import assert from 'node:assert/strict'
import { homeTest } from './support/home.mjs'
import { writePack } from './support/pack_file.mjs'
import { until } from './support/wait.mjs'
import { WallClock, noShim } from './support/wall_clock.mjs'

const LOW_MV = 2700
const DAY_S = 86400

/** A pack at rest, whose cell number 5 is low from the third second to the tenth, and from the twentieth on. */
const weakPack = (home) =>
  writePack(home.path('weak.csv'), {
    seconds: 300,
    spoil: (cells, row) => {
      if ((row >= 30 && row < 100) || row >= 200) cells[4] = LOW_MV
    },
  })

const alarmsOf = async (receiver) => (await receiver.get('/api/v1/events?kind=cell_under_voltage')).events

const every = async (receiver) => (await receiver.get('/api/v1/events')).events

/** Every time in the current events is within the last two minutes, and nothing lasted longer. */
function assertRecent(events) {
  for (const event of events) {
    for (const key of ['begin', 'end', 'acknowledged', 'worst_at', 'last_known']) {
      if (event[key] === null || event[key] === undefined) continue
      assert.ok(Math.abs(Date.now() - Date.parse(event[key])) < 120000, `${event.kind}: ${key} is ${event[key]}`)
    }
    if (typeof event.duration_s === 'number') {
      assert.ok(event.duration_s >= 0 && event.duration_s < 120, `${event.kind} lasted ${event.duration_s} s`)
    }
  }
}

homeTest(
  'E6: events from before the clock was set get their right time once it is',
  async (home) => {
    const clock = new WallClock(home.path('clock'))
    clock.unset()
    const receiver = await home.receiver({ env: clock.env })
    const began = Date.now()
    await home.transmitter({ source: weakPack(home) })
    await until('the alarm', async () => (await alarmsOf(receiver))[0], 20000)
    const [early] = await alarmsOf(receiver)
    assert.equal(early.begin, null, 'nobody knows yet when it began')
    assert.ok(early.duration_s === null || early.duration_s < 60, `${early.duration_s} s`)
    await receiver.request('POST', `/api/v1/events/${early.id}/acknowledge`, { body: '' })
    await until(
      'the end of it',
      async () => (await alarmsOf(receiver)).find(({ id }) => id === early.id).open === false,
      30000,
    )
    await until('another', async () => (await alarmsOf(receiver)).length === 2, 30000)
    for (const event of await every(receiver))
      assert.ok(event.begin === null || !event.begin.startsWith('1970'), event.begin)

    clock.set()
    const dated = await until('times', async () => {
      const events = await every(receiver)
      return events.every(({ begin }) => begin !== null) && events
    })
    assertRecent(dated)
    const [second, first] = dated.filter(({ kind }) => kind === 'cell_under_voltage')
    assert.ok(Date.parse(first.begin) >= began && Date.parse(first.begin) < began + 20000, first.begin)
    assert.ok(first.duration_s > 4 && first.duration_s < 20, `${first.duration_s} s`)
    assert.ok(Date.parse(first.acknowledged) >= Date.parse(first.begin), first.acknowledged)
    assert.equal(second.end, null)
    await receiver.saved()
    await receiver.stop()
    // and so they are kept
    const again = await home.receiver({ env: clock.env })
    const kept = (await alarmsOf(again)).find(({ id }) => id === first.id)
    assert.deepEqual([kept.begin, kept.end, kept.acknowledged], [first.begin, first.end, first.acknowledged])
  },
  { skip: noShim },
)

for (const [what, offS] of [
  ['of its last shutdown, three days ago', -3 * DAY_S],
  ['a month ahead', 30 * DAY_S],
]) {
  homeTest(
    `E6: a machine whose clock is ${what} at its start re-dates what it saw once the clock is set`,
    async (home) => {
      const clock = new WallClock(home.path('clock'))
      let receiver = await home.receiver({ env: clock.env })
      await home.transmitter({ source: weakPack(home), args: ['--loop'] })
      const [kept] = await until(
        'the alarm',
        async () => {
          const alarms = await alarmsOf(receiver)
          return alarms.length > 0 && alarms
        },
        20000,
      )
      await receiver.saved()
      await receiver.stop()
      clock.offBy(offS)
      receiver = await home.receiver({ env: clock.env })
      const began = Date.now()
      await until(
        'an alarm of this start',
        async () => (await alarmsOf(receiver)).some(({ id }) => id > kept.id),
        40000,
      )
      clock.set()
      await until('its time', async () => {
        const alarm = (await alarmsOf(receiver)).find(({ id }) => id > kept.id)
        return Date.parse(alarm.begin) >= began && Date.parse(alarm.begin) <= Date.now()
      })
      const events = await every(receiver)
      assertRecent(events)
      assert.equal(events.find(({ id }) => id === kept.id).begin, kept.begin, 'what an earlier start saw stays')
    },
    { skip: noShim },
  )
}
