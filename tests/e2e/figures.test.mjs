// A benchmark that leaves something out lies: for months no figure included the acknowledgements of readings.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ROOT } from './support/scratch.mjs'

test('every message of the link is counted in one figure of bench change', () => {
  const header = readFileSync(`${ROOT}/core/include/voltbeacon/core/frame.h`, 'utf8')
  const bench = readFileSync(`${ROOT}/tests/bench/change.bench.mjs`, 'utf8')
  const messages = [...header.matchAll(/^ {4}X\(\w+, \d+, "([\w ]+)"\)/gm)].map(([, name]) => name.replace(' ', '_'))
  const lists = [...bench.matchAll(/^const \w+(?:Messages|Answers) = \[(.*)\];$/gm)].map(([, list]) => list)
  const counted = lists.flatMap((list) => [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name))
  assert.ok(messages.length > 8, `${messages} are read from the list`)
  assert.deepEqual(counted.sort(), messages.filter((name) => name !== 'reading').sort())
})
