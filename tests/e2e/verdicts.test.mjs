// What `voltbeacon analyse` finds in every recording and in every input of a known fault, compared with what it found
// when a person last agreed with it. So a change of arithmetic, layout or alarms shows up here as what it changes.
//
// VB_VERDICTS=write rewrites the file; a person must then read its diff. Missing recordings are skipped, and reported
// as such; those of tests/fixtures/ are always there.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { voltbeacon } from './support/program.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const AGREED = join(here, '../fixtures/verdicts.json')
const shared = process.env.VB_SHARED_DATA ?? join(here, '../../../shared/data')
const FOLDERS = { fixtures: join(here, '../fixtures'), data: shared, cases: join(shared, '../cases') }
const SOURCES = { '.csv': 'csv', '.log': 'candump', '.txt': 'candump' }
const agreed = JSON.parse(readFileSync(AGREED, 'utf8'))

function sourceOf(name) {
  const [folder, ...rest] = name.split('/')
  const path = join(FOLDERS[folder], ...rest)
  // SavvyCAN writes frames into a file that ends like a table.
  const source = name.includes('savvycan') ? 'candump' : SOURCES[extname(name)]
  return { path, source: `${source}:${path}` }
}

/** What was decided about it; figures that decide nothing are in other tests. */
async function verdict(source) {
  const { code, stdout } = await voltbeacon(['analyse', '--source', source, '--json'])
  const found = JSON.parse(stdout)
  if (found.error) return { exit: code, error: found.error.replaceAll(source.slice(source.indexOf(':') + 1), 'FILE') }
  return {
    exit: code,
    cells: found.cells,
    sweeps: found.sweeps,
    judged: found.judged,
    spread_mv: found.spread_mv,
    alarms: found.alarms.map(
      ({ kind, cell, level, begin, end, value, unit }) =>
        `${level} ${kind}${cell === null ? '' : ` ${cell}`}: ${value} ${unit}, ${begin} to ${end ?? 'the end'}`,
    ),
    set_aside: Object.fromEntries(found.set_aside.map(({ reason, count }) => [reason, count])),
    weakest: found.weakest.map(({ cell }) => cell),
  }
}

if (process.env.VB_VERDICTS === 'write') {
  for (const name of Object.keys(agreed))
    if (existsSync(sourceOf(name).path)) agreed[name] = await verdict(sourceOf(name).source)
  writeFileSync(AGREED, `${JSON.stringify(agreed, null, 2)}\n`)
}

for (const [name, expected] of Object.entries(agreed)) {
  const { path, source } = sourceOf(name)
  test(`E6: the verdict on ${name} is the agreed one`, { skip: !existsSync(path) && `there is no ${path}` }, async () =>
    assert.deepEqual(await verdict(source), expected),
  )
}
