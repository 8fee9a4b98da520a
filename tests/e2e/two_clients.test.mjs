// Two clients change one transmitter's settings at the same time: `voltbeacon transmitter set`.
import assert from 'node:assert/strict'
import { homeTest } from './support/home.mjs'

// Each change covers two sections. A round is two such changes at once, by different clients.
homeTest(
  'A9: two clients that set two sections at once are each told the truth, 300 times',
  async (home) => {
    const transmitter = await home.transmitter()
    const told = { stored: 0, refused: 0 }
    let before = await transmitter.get('mqtt.port', 'battery.capacity_wh')
    for (let round = 1; round <= 300; round++) {
      const wanted = [10000, 30000].map((base) => ({
        'mqtt.port': String(base + round),
        'battery.capacity_wh': String(base + 1000 + round),
      }))
      const answers = await Promise.all(
        wanted.map((change) =>
          transmitter.command('set', ...Object.entries(change).map(([name, value]) => `${name}=${value}`)),
        ),
      )
      const after = await transmitter.get('mqtt.port', 'battery.capacity_wh')
      const stored = wanted.filter((_, client) => answers[client].code === 0)
      told.stored += stored.length
      told.refused += 2 - stored.length
      for (const { code, stdout, stderr } of answers)
        assert.match(code === 0 ? stdout : stderr, code === 0 ? /^stored\n$/ : /nothing was changed/, `round ${round}`)
      // Whole, and of a client that was told so; unchanged if neither was.
      const may = stored.length === 0 ? [before] : stored
      assert.ok(
        may.some((change) => JSON.stringify(change) === JSON.stringify(after)),
        `round ${round}: ${JSON.stringify({ answers, before, after })}`,
      )
      before = after
    }
    assert.ok(told.stored >= 300, `somebody gets through in each round: ${JSON.stringify(told)}`)
  },
  { timeout: 800000 },
)
