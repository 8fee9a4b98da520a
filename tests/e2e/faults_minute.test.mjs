// One call fails somewhere in a daemon's first minute: of memory, of SQLite, for a socket, of a file. Meanwhile a page is
// open, settings are changed, readings are filed, a recording is made; then it ends, and what it has kept is looked at.
//
// It goes on, and what it says is true; or it ends with a code and a line that says why. $VB_FAULTS=all tries every
// call, $VB_FAULTS=7,31 these two; else it is a few, evenly spread over all that there are.
import assert from 'node:assert/strict'
import { ReceiverAt } from './support/devices.mjs'
import { homeTest } from './support/home.mjs'
import { Child, EXIT } from './support/program.mjs'
import { until } from './support/wait.mjs'

const FAULTY = process.env.VOLTBEACON_FAULTY
const EVERY = process.env.VB_FAULTS === 'all'
const KINDS = ['alloc', 'sqlite', 'socket', 'file']
const SPREAD = 4
const CODES = [1, ...Object.values(EXIT)]
const options = {
  skip: FAULTY === undefined && 'VOLTBEACON_FAULTY is not set',
  timeout: EVERY ? 24 * 3600000 : 400000,
}

/** It has ended by itself: with a code, and a line that says why. */
function assertSaidWhy(child) {
  assert.equal(child.exit.signal, null, `${child.name}: ${child.stderr}`)
  assert.ok(CODES.includes(child.exit.code), `${child.name} ended with ${child.exit.code}: ${child.stderr}`)
  assert.match(child.stderr, /^voltbeacon: |error: /m, child.name)
  child.assertNoSanitizerReport()
}

/** Until it has answered so, or has ended; a request that is refused, or not answered, is made again: one call alone fails. */
async function eventually(child, what, ask) {
  const answered = async () => child.exit ?? ask().catch(() => false)
  try {
    await until(`${child.name}: ${what}`, answered, 20000)
  } catch (error) {
    throw new Error(`${error.message}:\n${child.stderr}`)
  }
}

async function stop(child) {
  if (child.exit) return assertSaidWhy(child)
  const { code, signal } = await child.stop()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `${child.name}: ${child.stderr}`)
  child.assertNoSanitizerReport()
}

let running // the child that a call fails in

function start(home, role, name, args, fault) {
  const child = new Child(`${role} with ${fault}`, FAULTY, [role, '--data', home.path(name), ...home.link, ...args], {
    env: { ...process.env, VB_FAULT: fault },
  })
  home.onClose(() => child.exit || child.kill())
  running = child
  return child
}

/** What the receiver said was stored is there at the next start, and nothing is there by half. */
async function assertKept(home, name, told) {
  const again = await home.receiver({ name })
  const { sections } = await again.get('/api/v1/receiver')
  if (told.port !== undefined) assert.equal(sections.receiver.values.web_port, told.port)
  assert.doesNotMatch(again.stderr, /damaged|moved aside/, told.name)
  const { recordings } = await again.get('/api/v1/recordings')
  for (const recording of recordings) {
    assert.notEqual(recording.state, 'under_way', told.name)
    const { text } = await again.request('GET', `/api/v1/recordings/${recording.name}`)
    const lines = text.trimEnd().split('\n').map(JSON.parse)
    if (recording.state === 'complete')
      assert.ok('lines' in lines.at(-1) || 'end' in lines.at(-1), `${told.name}: ${text.slice(-200)}`)
  }
  if (told.recording !== undefined)
    assert.ok(
      recordings.some(({ name: kept, state }) => kept === told.recording && state === 'complete'),
      `${told.name}: a recording that was complete is not there: ${JSON.stringify(recordings)}`,
    )
  await again.stop()
}

/** A receiver's first minute, made short. How often the call was made, where none fails. */
async function receiverMinute(home, transmitter, kind, n) {
  const name = `receiver-${kind}-${n}`
  const child = start(home, 'receiver', name, ['--http', '127.0.0.1:0'], `${kind}:${n}`)
  await until(`${child.name} to serve or to end`, () => child.exit || /^http:/m.test(child.stdout), 30000)
  const told = { name: child.name }
  const { mac } = transmitter
  if (!child.exit) {
    const web = new ReceiverAt(/^(http:\S+)\/$/m.exec(child.stdout)[1])
    const page = await web.stream('/ws/state').catch(() => null)
    await eventually(
      child,
      'readings',
      async () => (await web.call('GET', `/api/v1/transmitters/${mac}/cells`)).json?.cells?.length > 0,
    )
    await eventually(child, 'its own setting', async () => {
      const { json } = await web.call('GET', '/api/v1/receiver')
      const port = json.sections.receiver.values.web_port === 8123 ? 8124 : 8123
      told.port = undefined
      const headers = { 'Content-Type': 'application/json', 'If-Match': json.etag }
      const answer = await web.call('PATCH', '/api/v1/receiver', { body: { receiver: { web_port: port } }, headers })
      if (answer.status !== 200) return false
      told.port = port
      return true
    })
    await eventually(child, "the transmitter's setting", async () => {
      const path = `/api/v1/transmitters/${mac}/sections/inverter`
      const { json } = await web.call('GET', path)
      const value = (json.values.timeout_s % 100) + 1
      const headers = { 'Content-Type': 'application/json', 'If-Match': json.etag }
      const edit = await web.call('PATCH', path, { body: { timeout_s: value }, headers })
      return (
        edit.status === 202 &&
        (
          await until(
            'it to settle',
            async () => {
              const { json: now } = await web.call('GET', edit.headers.location)
              return now.state !== 'pending' && now
            },
            10000,
          )
        ).state === 'confirmed'
      )
    })
    await eventually(child, 'a recording', async () => {
      const headers = { 'Content-Type': 'application/json' }
      const begun = await web.call('POST', '/api/v1/recordings', { body: { mac, seconds: 0 }, headers })
      if (begun.status === 503 && /keeps no recordings/.test(begun.json.error))
        return /alerts are not recorded/.test(child.stderr) // it said so at its start, and does without
      if (begun.status !== 202) return false
      const ended = await until(
        'it to end',
        async () => {
          const { json } = await web.call('GET', '/api/v1/recordings')
          const entry = json.recordings.find((one) => one.name === begun.json.name)
          return entry?.state !== 'under_way' && (entry ?? { state: 'dropped' })
        },
        15000,
      )
      told.recording = ended.state === 'complete' ? ended.name : undefined
      return ended.state === 'complete'
    })
    page?.close()
    web.close()
  }
  await stop(child)
  if (n > 0) await assertKept(home, name, told)
  return Number(/^fault: none of (\d+) calls$/m.exec(child.stderr)?.[1])
}

/** Likewise a transmitter's: its settings are changed beside it and from a receiver. */
async function transmitterMinute(home, kind, n) {
  const name = `transmitter-${kind}-${n}`
  const receiver = await home.receiver({ name: `of-${name}` }) // with places for none but this one
  const child = start(home, 'transmitter', name, ['--source', 'sim'], `${kind}:${n}`)
  await until(
    `${child.name} to run or to end`,
    () => child.exit || /transmitter .*, settings in/.test(child.stderr),
    30000,
  )
  const told = {}
  if (!child.exit) {
    const [, mac] = /transmitter ([0-9a-f:]{17}), settings/.exec(child.stderr)
    await eventually(
      child,
      'to be heard',
      async () => (await receiver.call('GET', `/api/v1/transmitters/${mac}`)).json?.sync === 'verified',
    )
    await eventually(child, 'a change beside it', async () => {
      const set = new Child(`set at ${child.name}`, process.env.VOLTBEACON, [
        'transmitter',
        'set',
        '--data',
        home.path(name),
        'mqtt.port=1999',
      ])
      told.port = (await set.ended).code === 0 ? '1999' : undefined
      return told.port !== undefined
    })
    await eventually(child, 'a change from a receiver', async () => {
      const path = `/api/v1/transmitters/${mac}/sections/inverter`
      const { json } = await receiver.call('GET', path)
      const timeout = (json.values.timeout_s % 100) + 1
      told.timeout = undefined
      const headers = { 'Content-Type': 'application/json', 'If-Match': json.etag }
      const edit = await receiver.call('PATCH', path, { body: { timeout_s: timeout }, headers })
      if (edit.status !== 202) return false
      const { state } = await receiver.settled(mac, edit.json.id, 10000)
      told.timeout = state === 'confirmed' ? `${timeout}` : undefined
      return state === 'confirmed'
    })
    await eventually(
      child,
      'readings',
      async () => (await receiver.call('GET', `/api/v1/transmitters/${mac}/cells`)).json?.cells?.length > 0,
    )
    await stop(child)
  } else {
    assertSaidWhy(child)
  }
  if (n > 0) {
    const again = await home.transmitter({ name })
    const kept = await again.get('mqtt.port', 'inverter.timeout_s')
    assert.equal(kept['mqtt.port'], told.port ?? '1883', child.name)
    if (told.timeout !== undefined) assert.equal(kept['inverter.timeout_s'], told.timeout, child.name)
    await again.stop()
  }
  await receiver.stop()
  return Number(/^fault: none of (\d+) calls$/m.exec(child.stderr)?.[1])
}

/** Which of so many calls are to fail. */
function chosen(count) {
  if (EVERY) return Array.from({ length: count }, (_, i) => i + 1)
  if (process.env.VB_FAULTS) return process.env.VB_FAULTS.split(',').map(Number)
  return Array.from({ length: SPREAD }, (_, i) => Math.ceil(((i + 0.5) * count) / SPREAD))
}

/** One minute for each call that is to fail; what went wrong in any of them is told at the end. */
async function minutes(t, kind, minute) {
  const count = await minute(0)
  assert.ok(count > 0)
  const wrong = []
  const numbers = chosen(count)
  for (const n of numbers)
    await minute(n).catch(async (error) => {
      wrong.push(error.message)
      if (!running.exit) await running.kill()
    })
  t.diagnostic(`${numbers.length} of ${count} calls of ${kind} failed, each in a minute of its own`)
  assert.deepEqual(wrong, [])
}

for (const kind of KINDS) {
  homeTest(
    `a receiver survives the n-th call of ${kind} that fails in its first minute`,
    async (home, t) => {
      const transmitter = await home.transmitter()
      await minutes(t, kind, (n) => receiverMinute(home, transmitter, kind, n))
    },
    options,
  )

  homeTest(
    `a transmitter survives the n-th call of ${kind} that fails in its first minute`,
    async (home, t) => {
      await minutes(t, kind, (n) => transmitterMinute(home, kind, n))
    },
    options,
  )
}
