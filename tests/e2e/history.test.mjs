// What a receiver keeps of readings: requested over HTTP, across a restart, and if it cannot be written.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeTest } from './support/home.mjs'
import { until } from './support/wait.mjs'

/** Instead of every minute. */
const writeEverySecond = (receiver) => receiver.set({ history: { write_interval_s: 1 } })

const pathOf = (mac) => `/api/v1/transmitters/${mac}/history`

function points(receiver, mac, count, query = '?resolution=10') {
  return until(
    `${count} points`,
    async () => {
      const { status, json, text } = await receiver.request('GET', pathOf(mac) + query)
      assert.ok(status === 200 || status === 503, text) // it is being opened, right after the start
      return status === 200 && json.points.length >= count && json
    },
    40000,
  )
}

homeTest('E7: the history is available as JSON and CSV, also after a restart', async (home) => {
  const { receiver, mac } = await home.pair()
  await writeEverySecond(receiver)
  const history = await points(receiver, mac, 2)
  assert.equal(history.mac, mac)
  assert.equal(history.resolution_s, 10)
  assert.equal(history.time_zone, 'UTC')
  assert.equal(history.cells.length, 96)
  assert.equal(history.to - history.from, 86400)
  for (const point of history.points) {
    assert.equal(point.at % 10, 0)
    assert.ok(point.readings >= 1 && point.readings <= 101, `${point.readings} readings`)
    assert.equal(point.cells_mv.length, 96)
    for (const [min, mean, max] of [...point.cells_mv, point.pack_v, point.current_a, point.soc_percent]) {
      assert.ok(min <= mean && mean <= max, `${min} ${mean} ${max}`)
    }
    const sum = point.cells_mv.reduce((total, [, mean]) => total + mean, 0) / 1000
    assert.ok(Math.abs(sum - point.pack_v[1]) < 1, `cells sum up to ${sum} V, the pack has ${point.pack_v[1]} V`)
  }

  const [first] = history.points
  const csv = await receiver.request(
    'GET',
    `${pathOf(mac)}?format=csv&cells=17&resolution=10&from=${first.at}&to=${first.at + 10}`,
  )
  assert.match(csv.headers['content-type'], /^text\/csv/)
  const [comment, names, row, end] = csv.text.split('\r\n')
  assert.match(comment, /^# .*time zone UTC; positive current charges/)
  const columns = names.split(',')
  assert.deepEqual(columns.slice(-3), ['cell 18 min [mV]', 'cell 18 mean [mV]', 'cell 18 max [mV]'])
  const fields = row.split(',')
  assert.equal(fields.length, columns.length)
  assert.equal(Date.parse(fields[0]) / 1000, first.at)
  assert.deepEqual(fields.slice(-3).map(Number), first.cells_mv[17])
  assert.equal(end, '')

  await receiver.stop() // all that was gathered is written
  const again = await home.receiver()
  const kept = await points(again, mac, history.points.length)
  assert.deepEqual(kept.points[0], first)
  const minutes = await again.get(`${pathOf(mac)}?resolution=60`)
  const readings = (list) => list.reduce((total, point) => total + point.readings, 0)
  assert.ok(readings(minutes.points) >= readings(history.points))
  const { days, time_zone: zone } = await again.get(`/api/v1/transmitters/${mac}/energy`)
  assert.equal(zone, 'UTC')
  assert.ok(days.length >= 1 && days[0].in_kwh + days[0].out_kwh > 0, JSON.stringify(days))
})

homeTest('E7: days are those of the configured time zone', async (home) => {
  const { receiver, mac } = await home.pair()
  await receiver.set({ display: { timezone: 'Pacific/Kiritimati' } })
  assert.equal((await receiver.get(`/api/v1/transmitters/${mac}/energy`)).time_zone, 'Pacific/Kiritimati')
})

homeTest('E7: a receiver killed with -9 has lost no more than the interval it writes at', async (home) => {
  const { receiver, mac } = await home.pair()
  await writeEverySecond(receiver)
  const { points: before } = await points(receiver, mac, 2)
  await receiver.kill()
  const again = await home.receiver()
  const { points: after } = await points(again, mac, before.length)
  assert.deepEqual(after.slice(0, before.length - 1), before.slice(0, -1))
  assert.equal((await again.get('/api/v1/receiver')).history.recovered, null)
})

homeTest('E7: a corrupt history is set aside and reported, and live data continues', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  await receiver.stop()
  const file = join(receiver.data, 'history.db')
  writeFileSync(file, Buffer.alloc(8192, 'no database'))
  const again = await home.receiver()
  await home.meets(again, transmitter)
  const { history } = await until('the history is open', async () => {
    const own = await again.get('/api/v1/receiver')
    return own.history.state === 'recording' && own
  })
  assert.match(history.recovered, /was damaged and was moved to .*history\.db\.corrupt-/)
  assert.ok(existsSync(file))
  assert.ok(readdirSync(receiver.data).some((name) => name.startsWith('history.db.corrupt-')))
  await until(
    'its cells are shown',
    async () => (await again.get(`/api/v1/transmitters/${mac}/cells`)).cells.length === 96,
  )
})

homeTest('E7: a bad query is refused, naming the parameter and what is allowed', async (home) => {
  const { receiver, mac } = await home.pair()
  for (const [query, part] of [
    ['?resolution=1', /resolution=1 .* 10, 60, 300, 900, 3600, 10800, 21600, 86400, 259200 or auto/],
    ['?cells=96-95', /cells=96-95/],
    ['?to=now', /to=now .* 2026-11-22T20:00:00Z/],
    ['?points=3', /no parameter points/],
  ]) {
    const { status, json } = await receiver.request('GET', pathOf(mac) + query)
    assert.equal(status, 400)
    assert.match(json.error, part)
  }
})
