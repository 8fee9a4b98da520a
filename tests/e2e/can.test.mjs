// The battery of a Nissan Leaf: from a log of its CAN bus to a WebSocket; and what cannot be opened.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { homeTest } from './support/home.mjs'
import { assertRefused, EXIT } from './support/program.mjs'

const LOG = fileURLToPath(new URL('../fixtures/leaf_can.log', import.meta.url))

homeTest('a log or an interface that cannot be used is refused with what to do', async (home) => {
  writeFileSync(home.path('idle.log'), '(0.000000) can0 1DB#FDA0BAAA000001A8\n')
  for (const [source, pattern, exit] of [
    ['can', /expected can:can0/],
    ['can:can0,battery=zoe', /"battery=zoe" is not known; expected battery=leaf/],
    ['can:vbnone0', /vbnone0.*(modprobe can_raw|ip link set)/, EXIT.UNAVAILABLE],
    ['candump:', /expected candump:FILE/],
    [`candump:${home.path('none.log')}`, /none\.log: No such file/, EXIT.NO_INPUT],
    [`candump:${home.path('idle.log')}`, /record while LeafSpy or Voltbeacon asks/, EXIT.DATA],
  ])
    await assertRefused(['transmitter', '--data', home.path('t'), ...home.link, '--source', source], pattern, { exit })
})

homeTest('E1 E4: cells, voltage, current and temperatures of a logged CAN bus reach /ws/cells', async (home) => {
  const { receiver, transmitter, mac } = await home.pair({
    transmitter: { source: `candump:${LOG}`, args: ['--loop', '--speed', '20'] },
  })
  const cells = await receiver.cells(mac)
  const first = await cells.wait('a sweep', ({ cells: all }) => all?.length === 96)
  assert.equal(first.cells[40], null)
  assert.equal(first.min_index, 36)
  assert.equal(first.current_a, -12.5)
  assert.equal(first.soc_pct, 71.6)
  assert.deepEqual(first.temps, [14, -1, null, 15])
  assert.equal(first.together, false)

  const next = await cells.wait('another sweep', ({ sequence }) => sequence > first.sequence)
  assert.notDeepEqual(next.cells, first.cells)
  const { source_skipped: skipped } = await transmitter.status()
  assert.match(skipped, /^[123], last: line \d+: /)
})
