// What a recording's layout says reaches a browser: which rows are samples, how old they are, what is missing.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { homeTest } from './support/home.mjs'

const fixture = (name) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

homeTest('E1: a frame that was recorded twice is one sample, which ages', async (home) => {
  const { receiver, mac } = await home.pair({
    transmitter: { source: `csv:${fixture('jk_8s.csv')}`, args: ['--speed', '0.5', '--loop'] }, // a row every 2 s
  })
  const cells = await receiver.cells(mac)
  const isOfTheOneBefore = (reading) =>
    cells.messages.some(
      (earlier) =>
        earlier !== reading && earlier.arrivedMs < reading.arrivedMs && earlier.sequence === reading.sequence,
    )
  const again = await cells.wait('a sample a second time', isOfTheOneBefore)
  const first = cells.messages.find((reading) => reading.sequence === again.sequence)
  assert.deepEqual(again.cells, first.cells)
  assert.ok(again.age_s > first.age_s, `${first.age_s} s old, then ${again.age_s}`)
  assert.ok(Math.abs(again.timestamp - first.timestamp) < 1, 'it was sampled when it was')
  const next = await cells.wait('the next sample', (reading) => reading.sequence !== again.sequence, {
    from: cells.messages.indexOf(again) + 1,
  })
  assert.equal(next.sequence, again.sequence + 1)
  assert.ok(next.age_s < again.age_s)
  assert.equal(next.together, false)
  assert.equal(next.current_a, null)
  assert.deepEqual(next.temps, [])
})

homeTest('E1: a log without a header is shown, and a sensor that is not fitted keeps its number', async (home) => {
  const { receiver, transmitter, mac } = await home.pair({
    transmitter: { source: `csv:${fixture('leafspy_96s_bare.csv')}`, args: ['--speed', '20', '--loop'] },
  })
  await transmitter.says(/LeafSpy layout without its header\), 96 cells, 4 temperatures/)
  const cells = await receiver.cells(mac)
  const reading = await cells.wait('a reading', () => true)
  assert.equal(reading.cells.length, 96)
  assert.deepEqual(reading.temps, [22.3, -4.5, null, 21])
  assert.equal(reading.together, false)
  assert.ok(Math.abs(reading.timestamp - Date.now() / 1000) < 60, 'the present, not the time of recording')
})
