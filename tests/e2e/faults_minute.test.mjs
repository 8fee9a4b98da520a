// One call fails somewhere in a daemon's first minute: for memory, SQLite, a socket, a file or libmosquitto. Meanwhile a
// page is open, settings are changed, readings are filed and published to a broker, and a recording is made; then the
// daemon is stopped, and what it has stored is checked.
//
// It either continues, and what it says is true, or exits with a code and a line that says why. The minute is shortened,
// and a few calls fail, evenly spread over all of them; $VB_FAULTS=7,31 fails these two. $VB_FAULTS=all runs whole
// minutes, many at a time, with failures that are dense at the beginning and spread over the rest.
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { test } from 'node:test'
import { Broker, noBroker } from './support/broker.mjs'
import { ReceiverAt } from './support/devices.mjs'
import { Home, homeTest } from './support/home.mjs'
import { Child, EXIT } from './support/program.mjs'
import { sleep, until } from './support/wait.mjs'

const FAULTY = process.env.VOLTBEACON_FAULTY
const EVERY = process.env.VB_FAULTS === 'all'
const KINDS = {
  receiver: ['alloc', 'sqlite', 'socket', 'file'],
  transmitter: ['alloc', 'sqlite', 'socket', 'file', 'mqtt'],
}
const SPREAD = 4
const MINUTE_MS = EVERY ? 60000 : 0 // that a daemon runs at least
const SPREAD_OF_MINUTE = 6 // each: dense at the beginning, and evenly spread
const AT_ONCE = 12 // minutes
const CODES = [1, ...Object.values(EXIT)]
const options = {
  skip: (FAULTY === undefined && 'VOLTBEACON_FAULTY is not set') || noBroker,
  timeout: EVERY ? 1700000 : 400000,
}

/** It has exited by itself, with a code and a line that says why. */
function assertSaidWhy(child) {
  assert.equal(child.exit.signal, null, `${child.name}: ${child.stderr}`)
  assert.ok(CODES.includes(child.exit.code), `${child.name} ended with ${child.exit.code}: ${child.stderr}`)
  assert.match(child.stderr, /^voltbeacon: |error: /m, child.name)
  child.assertNoSanitizerReport()
}

/** Waits for such an answer, or its exit; a request that is refused or unanswered is repeated: only one call fails. */
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

/** A broker, and the folder of a transmitter that publishes to it, to be copied. */
async function withBroker(home, ...settings) {
  const broker = await Broker.start(home)
  const folder = 'transmitter-with-broker'
  const transmitter = await home.transmitter({ name: folder })
  await transmitter.set('mqtt.enabled=true', 'mqtt.server=127.0.0.1', `mqtt.port=${broker.port}`, ...settings)
  await transmitter.stop()
  return { subscriber: broker.subscriber(home), folder }
}

/** The rest of its minute, with a page open; afterwards it is still running, or has said why not. */
async function liveOn(child, begunMs, goesOn) {
  while (!child.exit && performance.now() - begunMs < MINUTE_MS) await sleep(250)
  if (MINUTE_MS > 0 && !child.exit) await eventually(child, 'still at work', goesOn)
}

function start(home, role, name, args, fault) {
  const child = new Child(
    `${role} with ${fault}`,
    FAULTY,
    [role, '--data', home.path(name), ...home.linkOf(name), ...args],
    {
      env: { ...process.env, VB_FAULT: fault },
    },
  )
  home.onClose(() => child.exit || child.kill())
  home.faulty = child
  return child
}

/** What the receiver called stored is there at the next start, and nothing is half there. */
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

/** A receiver's first minute, shortened. If none fails, returns how often the call was made. */
async function receiverMinute(home, { mac }, kind, n) {
  const begunMs = performance.now()
  const name = `receiver-${kind}-${n}`
  const child = start(home, 'receiver', name, ['--http', '127.0.0.1:0'], `${kind}:${n}`)
  await until(`${child.name} to serve or to end`, () => child.exit || /^http:/m.test(child.stdout), 30000)
  const told = { name: child.name }
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
        return /alerts are not recorded/.test(child.stderr) // it said so at its start, and runs without
      if (begun.status !== 202) return false
      const ended = await until('it to end', async () => {
        const { json } = await web.call('GET', '/api/v1/recordings')
        const entry = json.recordings.find((one) => one.name === begun.json.name)
        return entry?.state !== 'under_way' && (entry ?? { state: 'dropped' })
      })
      told.recording = ended.state === 'complete' ? ended.name : undefined
      return ended.state === 'complete'
    })
    await liveOn(child, begunMs, async () => {
      const { json } = await web.call('GET', `/api/v1/transmitters/${mac}`)
      return json.link === 'Connected' && json.runtime.mqtt_connected === true
    })
    page?.close()
    web.close()
  }
  await stop(child)
  if (n > 0) await assertKept(home, name, told)
  return Number(/^fault: none of (\d+) calls$/m.exec(child.stderr)?.[1])
}

/** A transmitter's: its settings are changed locally and from a receiver, and a broker gets its readings. */
async function transmitterMinute(home, { subscriber, folder }, kind, n) {
  const begunMs = performance.now()
  const from = subscriber.messages.length
  const heard = (topic) => subscriber.messages.slice(from).filter((message) => message.topic === `battery/${topic}`)
  const name = `transmitter-${kind}-${n}`
  cpSync(home.path(folder), home.path(name), { recursive: true, filter: (path) => !path.endsWith('/control') })
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
    await eventually(child, 'the broker to have its readings, and that it is online', async () => {
      const { runtime } = (await receiver.call('GET', `/api/v1/transmitters/${mac}`)).json
      return heard('cells').length > 0 && heard('status').at(-1)?.payload === 'online' && runtime.mqtt_connected
    })
    await eventually(child, 'a change beside it', async () => {
      const set = new Child(`set at ${child.name}`, process.env.VOLTBEACON, [
        'transmitter',
        'set',
        '--data',
        home.path(name),
        'mqtt.keepalive_s=31',
      ])
      told.keepalive = (await set.ended).code === 0 ? '31' : undefined
      return told.keepalive !== undefined
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
    await liveOn(child, begunMs, async () => {
      const { length } = heard('cells')
      await sleep(2500)
      return heard('cells').length > length
    })
    const online = heard('status').at(-1)?.payload === 'online'
    await stop(child)
    if (online)
      await until(
        `${child.name}: the broker to have heard of its end`,
        () => heard('status').at(-1).payload === 'offline',
      )
  } else {
    assertSaidWhy(child)
  }
  if (n > 0) {
    const again = await home.transmitter({ name })
    const kept = await again.get('mqtt.keepalive_s', 'inverter.timeout_s')
    assert.equal(kept['mqtt.keepalive_s'], told.keepalive ?? '30', child.name)
    if (told.timeout !== undefined) assert.equal(kept['inverter.timeout_s'], told.timeout, child.name)
    await again.stop()
  }
  await receiver.stop()
  return Number(/^fault: none of (\d+) calls$/m.exec(child.stderr)?.[1])
}

/** Which of `count` calls are to fail. */
function chosen(count) {
  if (process.env.VB_FAULTS && !EVERY) return process.env.VB_FAULTS.split(',').map(Number)
  if (!EVERY) return Array.from({ length: SPREAD }, (_, i) => Math.ceil(((i + 0.5) * count) / SPREAD))
  const steps = Array.from({ length: SPREAD_OF_MINUTE }, (_, i) => (i + 0.5) / SPREAD_OF_MINUTE)
  const both = [...steps.map((step) => Math.ceil(count ** step)), ...steps.map((step) => Math.ceil(count * step))]
  return [...new Set(both)].sort((a, b) => a - b)
}

/** A minute of a daemon, next to a healthy one and a broker. If it went wrong it is killed, or it would disturb the next. */
async function live(home, role, beside, kind, n) {
  try {
    return await (role === 'receiver' ? receiverMinute : transmitterMinute)(home, beside, kind, n)
  } catch (error) {
    if (!home.faulty.exit) await home.faulty.kill()
    throw error
  }
}

/** What a daemon of that role runs next to. */
async function neighbours(home, role) {
  const broker = await withBroker(home)
  return role === 'receiver' ? home.transmitter({ name: broker.folder }) : broker
}

/** One minute for each call that is to fail; whatever went wrong is reported at the end. */
async function minutes(home, t, role, kind) {
  const beside = await neighbours(home, role)
  const count = await live(home, role, beside, kind, 0)
  assert.ok(count > 0)
  const wrong = []
  const numbers = chosen(count)
  for (const n of numbers) await live(home, role, beside, kind, n).catch((error) => wrong.push(error.message))
  t.diagnostic(`${numbers.length} of ${count} calls of ${kind} failed, each in a minute of its own`)
  assert.deepEqual(wrong, [])
}

/** Likewise in a home of its own. */
async function minuteElsewhere(role, kind, n) {
  const home = await Home.open()
  try {
    return await live(home, role, await neighbours(home, role), kind, n)
  } finally {
    await home.close()
  }
}

/** Runs all the jobs, a limited number at a time. */
async function pool(jobs, width) {
  const left = [...jobs]
  const worker = async () => {
    while (left.length > 0) await left.shift()()
  }
  await Promise.all(Array.from({ length: width }, worker))
}

const everyKind = Object.entries(KINDS).flatMap(([role, kinds]) => kinds.map((kind) => ({ role, kind })))

if (EVERY)
  test(
    'a daemon survives a failure of the n-th call in its first minute, and runs to the end of it',
    options,
    async (t) => {
      const wrong = []
      const tell = (role, kind, n) => (error) => wrong.push(`${role} ${kind}:${n}: ${error.message}`)
      const jobs = []
      const count = async ({ role, kind }) => {
        const calls = await minuteElsewhere(role, kind, 0)
        assert.ok(calls > 0, `${role} ${kind}`)
        for (const n of chosen(calls)) jobs.push(() => minuteElsewhere(role, kind, n).catch(tell(role, kind, n)))
        t.diagnostic(`${role}: ${calls} calls of ${kind} in a minute`)
      }
      await pool(
        everyKind.map((one) => () => count(one)),
        AT_ONCE,
      )
      await pool(jobs, AT_ONCE)
      t.diagnostic(`${jobs.length} minutes with a call that fails`)
      assert.deepEqual(wrong, [])
    },
  )
else
  for (const { role, kind } of everyKind)
    homeTest(
      `a ${role} survives the n-th call of ${kind} that fails in its first minute`,
      (home, t) => minutes(home, t, role, kind),
      options,
    )

// One reading and no more: then the messages are availability, that reading in both forms, and the farewell.
for (const n of [1, 2, 3, 4, 5])
  homeTest(
    `even without memory for message ${n}, the broker learns that a transmitter is there, and when it goes`,
    async (home) => {
      const { subscriber, folder } = await withBroker(home, 'mqtt.publish_interval_ms=600000')
      const status = () => subscriber.messages.filter(({ topic }) => topic === 'battery/status').at(-1)?.payload
      const child = start(home, 'transmitter', folder, ['--source', 'sim'], `mosquitto_publish:${n}`)
      await until('it to be online', () => status() === 'online')
      await sleep(500) // for the reading, unless that is what there was no memory for
      await stop(child)
      await until('the broker to know of its end', () => status() === 'offline')
    },
    { skip: options.skip },
  )
