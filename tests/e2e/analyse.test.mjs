// voltbeacon analyse: takes a recording, and prints what an owner or a script wants to know about it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { assertRefused, voltbeacon } from './support/program.mjs'

const CELLS = 16
const folder = mkdtempSync(join(tmpdir(), 'voltbeacon-analyse-'))
after(() => rmSync(folder, { recursive: true }))

/** A wide recording of a quiet pack, a sweep every 2 s; spoil(cells, sweep) changes a row's cells. */
function record(name, sweeps, spoil = () => {}) {
  const cellNames = Array.from({ length: CELLS }, (_, i) => `c${String(i + 1).padStart(2, '0')}_mv`)
  const rows = Array.from({ length: sweeps }, (_, sweep) => {
    const cells = Array.from({ length: CELLS }, (_, i) => 3700 + ((i * 5 + sweep) % 4))
    const packV = cells.reduce((sum, mv) => sum + mv, 0) / 1000
    spoil(cells, sweep)
    return [1000 + 2 * sweep, packV.toFixed(2), 0.5, 60, ...cells, 21].join(',')
  })
  const path = join(folder, name)
  writeFileSync(path, [`t_s,pack_v,pack_a,soc_pct,${cellNames.join(',')},t01_c`, ...rows, ''].join('\n'))
  return `csv:${path}`
}

async function analyse(source, ...args) {
  return voltbeacon(['analyse', '--source', source, ...args])
}

test('analyse refuses input that it cannot use or read, and names it', async () => {
  await assertRefused(['analyse'], /--source S is missing/, { exit: 2 })
  await assertRefused(['analyse', '--source', 'sim', 'more'], /unexpected argument more/, { exit: 2 })
  await assertRefused(['analyse', '--source', 'sim', '--cell-min', '0'], /--cell-min 0: expected mV/, { exit: 2 })
  await assertRefused(['analyse', '--source', 'sim', '--cell-min', '3.5x'], /--cell-min 3\.5x: expected mV/, {
    exit: 2,
  })
  await assertRefused(['analyse', '--source', 'sim', '--cell-min', '4000', '--cell-max', '3000'], /must be below/, {
    exit: 2,
  })
  const { code, stdout, stderr } = await analyse(`csv:${join(folder, 'nowhere.csv')}`)
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /cannot open recording .*nowhere\.csv/)
})

test('E6: a script that asks for JSON gets the refusal as JSON', async () => {
  const source = `csv:${join(folder, 'nowhere.csv')}`
  const { code, stdout } = await analyse(source, '--json')
  assert.equal(code, 1)
  const found = JSON.parse(stdout)
  assert.equal(found.source, source)
  assert.match(found.error, /^cannot open recording .*nowhere\.csv/)
})

test('E6: if nothing was judged, it does not say "none" as though all were well', async () => {
  const source = record('one.csv', 1, (cells) => {
    cells.fill(3900)
    cells[8] = 3208
  })
  const { code, stdout } = await analyse(source)
  assert.equal(code, 4)
  assert.match(stdout, /^span {7}one moment, of no known date$/m)
  assert.match(stdout, /^sweeps {5}1 of 16 cells$/m)
  assert.match(stdout, /^spread {5}692 mV from the lowest cell to the highest$/m)
  assert.match(
    stdout,
    /^alarms {5}none, but\n {11}balance was not judged: 8 calm sweeps needed, 0 came; at worst cell 9 was 648 mV below the mean$/m,
  )
  const json = await analyse(source, '--json')
  assert.equal(json.code, 4)
  const { judged, calm, calm_needed: needed, spread_mv: spread } = JSON.parse(json.stdout)
  assert.deepEqual([judged, calm, needed, spread.max_judged], [0, 0, 8, null])
})

test('E6: if nothing was learnt, no cells are listed as weakest', async () => {
  const source = record('charged.csv', 20)
  const rows = readFileSync(source.slice(4), 'utf8').replaceAll(',0.5,60,', ',-40,60,')
  writeFileSync(source.slice(4), rows)
  const { code, stdout } = await analyse(source)
  assert.equal(code, 4)
  assert.match(stdout, /^weakest {4}nothing was learnt about the cells\ncodec/m)
  assert.deepEqual(JSON.parse((await analyse(source, '--json')).stdout).weakest, [])
})

test('every line of the text is a proper sentence', async () => {
  const source = record('sentences.csv', 90, (cells, sweep) => {
    if (sweep >= 60) cells[8] -= 80
    if (sweep === 30) cells[3] = 0
  })
  const rows = readFileSync(source.slice(4), 'utf8').split('\n')
  rows.splice(20, 0, 'first,nonsense', 'second')
  writeFileSync(source.slice(4), rows.join('\n'))
  const { code, stdout } = await analyse(source)
  assert.equal(code, 3)
  assert.match(stdout, /^span {7}2 min 58 s; it has no date, so times count from its start$/m)
  assert.match(stdout, /^ {2}since 0:02:\d\d, still open {2}alert {2}imbalance {2}Cell 9 /m)
  assert.match(stdout, /^ {7}2 {2}row cannot be read \(the first: line 21 has 2 fields, the header promises 21\)$/m)
  assert.match(stdout, /^ {7}1 {2}cell not available \(at 0:01:00: cell 4 has no value\)$/m)
  assert.match(stdout, /^ {7}5 {2}learning \(the first at 0:00:00: 4 more sweeps\)$/m)
})

test('E1: a sensor that has only ever read -40 degC is proposed as absent', async () => {
  const source = record('sensor.csv', 30)
  const rows = readFileSync(source.slice(4), 'utf8')
    .trim()
    .split('\n')
    .map((row, i) => `${row},${i === 0 ? 't02_c' : -40}`)
  writeFileSync(source.slice(4), `${rows.join('\n')}\n`)
  const { stdout } = await analyse(source)
  assert.match(
    stdout,
    /^ {11}sensor 2 has never read anything but -40 °C: if it does not exist, list it in battery\.absent_sensors$/m,
  )
  const json = await analyse(source, '--json')
  assert.deepEqual(JSON.parse(json.stdout).absent_sensors, [2])
})

test('E6: for a healthy pack analyse prints the figures, no alarm, and exits 0', async () => {
  const source = record('healthy.csv', 60)
  const { code, stdout } = await analyse(source, '--json')
  assert.equal(code, 0)
  const found = JSON.parse(stdout)
  assert.equal(found.source, source)
  assert.equal(found.cells, CELLS)
  assert.equal(found.sweeps, 60)
  assert.equal(found.interval_s, 2)
  assert.equal(found.span_s, 118)
  assert.deepEqual(found.spread_mv, { median: 3, p95: 3, max: 3, max_judged: 3 })
  assert.deepEqual(found.alarms, [])
  assert.deepEqual(
    found.set_aside.map(({ reason, count }) => [reason, count]),
    [['learning', 5]],
  )
  assert.equal(found.weakest.length, 5)
  assert.ok(found.bits_per_cell > 0 && found.bits_per_cell < 16)
  const text = await analyse(source)
  assert.equal(text.code, 0)
  assert.match(text.stdout, /^alarms     none$/m)
  assert.match(text.stdout, /^sweeps     60 of 16 cells, one every 2 s/m)
})

test('E6: a weak cell is one alarm from beginning to end, and analyse exits 3', async () => {
  const source = record('weak.csv', 90, (cells, sweep) => {
    if (sweep >= 30 && sweep < 60) cells[8] -= 80
  })
  const { code, stdout } = await analyse(source, '--json')
  assert.equal(code, 3)
  const [alarm, ...others] = JSON.parse(stdout).alarms
  assert.deepEqual(others, [])
  assert.equal(alarm.kind, 'imbalance')
  assert.equal(alarm.cell, 9)
  assert.equal(alarm.level, 'alert')
  assert.ok(alarm.value < -70 && alarm.threshold > alarm.value && alarm.threshold < -30)
  const seconds = (time) => Number(time.match(/^PT([\d.]+)S$/)[1])
  assert.ok(seconds(alarm.begin) >= 60 && seconds(alarm.begin) < 80, alarm.begin)
  assert.ok(seconds(alarm.end) >= 120 && seconds(alarm.end) < 140, alarm.end)
  const text = await analyse(source)
  assert.equal(text.code, 3)
  assert.match(text.stdout, /alert {2}imbalance {2}Cell 9 (is|was up to) \d+ mV below the mean.* \(alert at \d+ mV\)\./)
})

test('E6: an alarm that is still open has no end', async () => {
  const { code, stdout } = await analyse(
    record('open.csv', 40, (cells) => {
      cells[0] = 2500
    }),
    '--json',
  )
  assert.equal(code, 3)
  const low = JSON.parse(stdout).alarms.find(({ kind }) => kind === 'cell_under_voltage')
  assert.equal(low.cell, 1)
  assert.equal(low.end, null)
  assert.equal(low.value, 2500)
  assert.equal(low.threshold, 2800)
  assert.equal(low.unit, 'mV')
})

test('E6: the limits can be given, since a recording has none of its own', async () => {
  const source = record('limits.csv', 20)
  assert.equal((await analyse(source, '--cell-max', '3600')).code, 3)
  assert.equal((await analyse(source, '--cell-min', '3000', '--cell-max', '3800')).code, 0)
})

test('E1: unavailable values are set aside, the first is named, and none enters a statistic', async () => {
  const source = record('holes.csv', 40, (cells, sweep) => {
    if (sweep % 10 === 7) cells[3] = 0
  })
  const { code, stdout } = await analyse(source, '--json')
  assert.equal(code, 0)
  const found = JSON.parse(stdout)
  const missing = found.set_aside.find(({ reason }) => reason === 'cell not available')
  assert.equal(missing.count, 4)
  assert.equal(missing.first_sweep, 7)
  assert.equal(missing.first, 'PT14.000S')
  assert.match(missing.text, /cell 4/)
  assert.equal(found.spread_mv.max, 3)
})

test('a recording of a source is analysed the same as the source itself', async () => {
  const source = record('replayed.csv', 90, (cells, sweep) => {
    if (sweep >= 30 && sweep < 60) cells[8] -= 80
    if (sweep % 20 === 7) cells[3] = 0
  })
  const file = join(folder, 'replayed.jsonl')
  const recorded = await voltbeacon(['record', '--source', source, '--out', file, '--fast'])
  assert.equal(recorded.code, 0, recorded.stderr)
  const [original, replayed] = await Promise.all(
    [source, `recording:${file}`].map(async (from) => {
      const { code, stdout } = await analyse(from, '--json')
      assert.equal(code, 3)
      return JSON.parse(stdout)
    }),
  )
  /** A recording has dates; its times since the beginning are those of the source. */
  const sinceBegin = (found) => {
    const ms = (time) => (time.startsWith('PT') ? Number(time.slice(2, -1)) * 1000 : Date.parse(time))
    const since = (time) => (time === null ? null : Math.round(ms(time) - ms(found.begin)))
    return {
      ...found,
      source: '',
      description: '',
      bits_per_cell: 0,
      begin: 0,
      end: since(found.end),
      alarms: found.alarms.map((alarm) => ({ ...alarm, begin: since(alarm.begin), end: since(alarm.end) })),
      set_aside: found.set_aside.map((aside) => ({ ...aside, first: since(aside.first) })),
    }
  }
  assert.deepEqual(sinceBegin(replayed), sinceBegin(original))
  assert.equal(original.alarms.length, 1)
  const dates = replayed.bits_per_cell - original.bits_per_cell
  assert.ok(dates > 0 && dates < 0.5, `dates cost ${dates} bits a cell`)
})

test('a simulated pack is analysed for an hour of ten sweeps a second, and its weak cell comes first', async () => {
  const { code, stdout } = await analyse('sim:cells=12,weak=5', '--json')
  const found = JSON.parse(stdout)
  assert.ok(code === 0 || code === 3)
  assert.equal(found.sweeps, 36000)
  assert.equal(found.weakest[0].cell, 5)
  assert.ok(found.weakest[0].resistance_mohm > 0.5, 'its resistance stands out')
  assert.ok(found.weakest[0].resistance_uncertainty_mohm < 0.1)
})
