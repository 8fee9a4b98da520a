// The n-th call fails once, for every n: an allocation, an SQLite call, a socket call. There must be no crash and no
// lie: either the daemon starts all the same, or one line and the exit code say what is wrong.
//
// $VB_FAULTS=all tries every n; otherwise the first few, and ever fewer beyond.
import assert from 'node:assert/strict'
import { homeTest } from './support/home.mjs'
import { Child, EXIT } from './support/program.mjs'
import { until } from './support/wait.mjs'

const FAULTY = process.env.VOLTBEACON_FAULTY
const EVERY = process.env.VB_FAULTS === 'all'
const KINDS = ['alloc', 'sqlite', 'socket']
const EXIT_CODES = Object.values(EXIT)
const RUNS_MAX = 2000
const AT_ONCE = EVERY ? 4 : 1

/** The numbers tried: all, or 1 to 24 and then each half as large again. */
const next = (n) => (EVERY || n < 24 ? n + 1 : Math.ceil(n * 1.5))

const fired = (child) => /^fault: .* fails$/m.test(child.stderr)

/** Starts it with the n-th call failing, and lets it run until it serves or has exited. */
function start(role, data, args, fault) {
  return new Child(`${role} with ${fault}`, FAULTY, [role, '--data', data, ...args], {
    env: { ...process.env, VB_FAULT: fault },
  })
}

function assertRefused(child) {
  assert.equal(child.exit.signal, null, `${child.name}: ${child.stderr}`)
  assert.ok(EXIT_CODES.includes(child.exit.code), `${child.name} ended with ${child.exit.code}: ${child.stderr}`)
  const lines = child.stderr.split('\n').filter((line) => line.startsWith('voltbeacon: '))
  assert.equal(lines.length, 1, `${child.name}: one line, not: ${child.stderr}`)
}

async function stop(child) {
  const { code, signal } = await child.stop()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `${child.name}: ${child.stderr}`)
  child.assertNoSanitizerReport()
}

/** One start; false once n is beyond the last call. */
async function tryReceiver(home, kind, n) {
  const child = start('receiver', home.path(`r-${kind}-${n}`), [...home.link, '--http', '127.0.0.1:0'], `${kind}:${n}`)
  home.onClose(() => child.exit || child.kill())
  await until(`${child.name} to serve or to end`, () => child.exit || /^http:/m.test(child.stdout), 20000)
  if (child.exit) {
    assertRefused(child)
  } else {
    const url = /^(http:\S+)\/$/m.exec(child.stdout)[1]
    const answer = await until(
      `${child.name} to answer`,
      () => fetch(`${url}/api/v1/receiver`).catch(() => null),
      10000,
    )
    assert.ok([200, 503].includes(answer.status), `${child.name}: ${answer.status}`)
    await answer.text()
    await stop(child)
  }
  child.assertNoSanitizerReport()
  return fired(child)
}

/** Likewise; and what it reports about a change must be true. */
async function tryTransmitter(home, kind, n) {
  const name = `t-${kind}-${n}`
  const child = start('transmitter', home.path(name), [...home.link, '--source', 'sim'], `${kind}:${n}`)
  home.onClose(() => child.exit || child.kill())
  await until(
    `${child.name} to run or to end`,
    () => child.exit || /transmitter .*, settings in/.test(child.stderr),
    20000,
  )
  if (child.exit) {
    assertRefused(child)
  } else {
    const device = { data: home.path(name) }
    const set = new Child(`set at ${child.name}`, process.env.VOLTBEACON, [
      'transmitter',
      'set',
      '--data',
      device.data,
      'mqtt.port=1999',
    ])
    const { code } = await set.ended
    await stop(child)
    const again = await home.transmitter({ name })
    const { 'mqtt.port': port } = await again.get('mqtt.port')
    const kept = code === 0 ? ['1999'] : /may have taken effect/.test(set.stderr) ? ['1883', '1999'] : ['1883']
    assert.ok(kept.includes(port), `${child.name} answered "${set.stdout}${set.stderr}", and ${port} is kept`)
    await again.stop()
  }
  child.assertNoSanitizerReport()
  return fired(child)
}

for (const role of ['receiver', 'transmitter']) {
  homeTest(
    `a ${role} whose event loop fails exits with the code for an internal error, and starts again`,
    async (home) => {
      const http = role === 'receiver' ? ['--http', '127.0.0.1:0'] : ['--source', 'sim']
      const child = start(role, home.path(role), [...home.link, ...http], 'loop:20')
      home.onClose(() => child.exit || child.kill())
      await until(`${child.name} to end`, () => child.exit, 20000)
      assert.deepEqual(child.exit, { code: EXIT.SOFTWARE, signal: null }, child.stderr)
      assert.match(child.stderr, /error: the event loop has ended/)
      child.assertNoSanitizerReport()
      const again = await home[role]({ name: role })
      await again.stop()
    },
    { skip: FAULTY === undefined && 'VOLTBEACON_FAULTY is not set' },
  )
}

for (const [role, tryIt] of [
  ['receiver', tryReceiver],
  ['transmitter', tryTransmitter],
]) {
  for (const kind of KINDS) {
    homeTest(
      `a ${role} whose n-th call of ${kind} fails neither crashes nor lies`,
      async (home, t) => {
        const wrong = []
        let n = 1
        let runs = 0
        let failed = 0
        let more = true
        const worker = async () => {
          while (more && runs++ < RUNS_MAX) {
            const mine = n
            n = next(n)
            if (await tryIt(home, kind, mine).catch((error) => wrong.push(error.message))) failed++
            else more = false
          }
        }
        await Promise.all(Array.from({ length: AT_ONCE }, worker))
        t.diagnostic(`${failed} starts with a call of ${kind} that fails`)
        assert.deepEqual(wrong, [])
        assert.ok(failed > 0, 'something did fail')
      },
      { skip: FAULTY === undefined && 'VOLTBEACON_FAULTY is not set', timeout: EVERY ? 3600000 : 240000 },
    )
  }
}
