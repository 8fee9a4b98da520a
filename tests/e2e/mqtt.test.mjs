// The transmitter's MQTT client, with real brokers: moved by an edit at the receiver.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { Broker, noBroker } from './support/broker.mjs'
import { homeTest, RECORDING } from './support/home.mjs'
import { freeTcpPort } from './support/ports.mjs'
import { readWideRecording } from './support/recording.mjs'
import { BEFORE_A_BEACON_MS, PATIENCE_MS, sleep, until } from './support/wait.mjs'

const options = { skip: noBroker }
/** Waiting for a broker, or a name, would take 5 s and more; a busy machine by itself delays by a second. */
const WAITED_MS = 3000
const connected = ({ runtime }) => runtime.mqtt_connected === true
const notConnected = ({ runtime }) => runtime.mqtt_connected === false

const to = (broker) => ({ enabled: true, server: '127.0.0.1', port: broker.port ?? broker })
const status =
  (text) =>
  ({ topic, payload }) =>
    topic === 'battery/status' && payload === text
const words = (settings) => Object.entries(settings).map(([key, value]) => `mqtt.${key}=${value}`)

homeTest(
  'A9: a broker that is dead, silent or unresolvable delays nothing: edits are confirmed, readings on time',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair({
      transmitter: { source: `csv:${RECORDING}`, args: ['--speed', '24', '--loop'] },
    })
    const silent = createServer(() => {})
    await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve))
    home.onClose(() => silent.close())
    const cells = await receiver.cells()
    for (const settings of [
      to(await freeTcpPort()), // nobody listens
      to(silent.address()), // accepts the connection and stays silent
      { ...to(1883), server: '192.0.2.1' }, // packets go nowhere
      { ...to(1883), server: 'no-such-broker.invalid' },
    ]) {
      const begunMs = performance.now()
      assert.equal((await receiver.edit(mac, 'mqtt', settings)).state, 'confirmed')
      assert.ok(
        performance.now() - begunMs < WAITED_MS,
        `${settings.server} confirmed after ${performance.now() - begunMs} ms`,
      )
      await sleep(300)
      const next = performance.now()
      assert.equal((await receiver.edit(mac, 'battery', { cell_count: 90 + (settings.port % 7) })).state, 'confirmed')
      assert.ok(
        performance.now() - next < WAITED_MS,
        `${settings.server}: the next after ${performance.now() - next} ms`,
      )
      assert.equal((await receiver.transmitter(mac)).runtime.mqtt_connected, false)
    }
    const gaps = cells.messages
      .slice(2)
      .map((message, index) => message.arrivedMs - cells.messages[index + 1].arrivedMs)
    assert.ok(Math.max(...gaps) < WAITED_MS, `readings every 100 ms came up to ${Math.max(...gaps)} ms apart`)
    silent.close()
    const counters = await transmitter.status()
    assert.equal(counters.mqtt, 'connecting')
    assert.match(counters.mqtt_error, /no-such-broker\.invalid/)
  },
  options,
)

homeTest(
  'A9 A5: an edit of the port moves the transmitter to another broker at once, and the API says so',
  async (home) => {
    const first = await Broker.start(home)
    const second = await Broker.start(home)
    const { receiver, transmitter, mac } = await home.pair()
    const state = await receiver.state()
    await transmitter.set(...words(to(first)))
    await state.transmitter('connected to the first', connected)

    const beganMs = performance.now()
    assert.equal((await receiver.edit(mac, 'mqtt', { port: second.port })).state, 'confirmed')
    await second.says(/New client connected.*voltbeacon/)
    await first.says(/Client \S*voltbeacon\S* disconnected/)
    await until('connected', async () => connected(await receiver.transmitter(mac)))
    assert.ok(performance.now() - beganMs < WAITED_MS)
  },
  options,
)

homeTest(
  'A9 A5: a page hears of each step: disconnected from the first broker, connected to the second',
  async (home) => {
    const first = await Broker.start(home)
    const { receiver, transmitter, mac } = await home.pair()
    const state = await receiver.state()
    await transmitter.set(...words(to(first)))
    await state.transmitter('connected to the first', connected)

    const from = state.mark
    const port = await freeTcpPort()
    assert.equal((await receiver.edit(mac, 'mqtt', { port })).state, 'confirmed')
    await state.transmitter('disconnected', notConnected, { from, timeoutMs: BEFORE_A_BEACON_MS })
    const gone = state.mark
    await Broker.start(home, { port })
    await state.transmitter('connected to the second', connected, { from: gone, timeoutMs: PATIENCE_MS })
  },
  options,
)

homeTest(
  'E2 F5: readings arrive as JSON on battery/cells, with the older keys, where the settings say',
  async (home) => {
    const broker = await Broker.start(home)
    const subscriber = broker.subscriber(home)
    const rows = readWideRecording(RECORDING)
    const transmitter = await home.transmitter({ source: `csv:${RECORDING}`, args: ['--speed', '24', '--loop'] })
    await transmitter.set(...words({ ...to(broker), publish_interval_ms: 200 }))

    const { payload } = await subscriber.wait('a reading', ({ topic }) => topic === 'battery/cells')
    const reading = JSON.parse(payload)
    for (const key of ['cells', 'temps', 'timestamp', 'min', 'max']) assert.ok(key in reading, key)
    const row = rows.find(({ cells }) => JSON.stringify(cells) === JSON.stringify(reading.cells))
    assert.ok(row, 'it is a row of the recording')
    assert.equal(reading.min, row.expected.min)
    assert.equal(reading.max, row.expected.max)
    assert.ok(Math.abs(reading.timestamp - Date.now() / 1000) < 60)

    const readings = () => subscriber.messages.filter(({ topic }) => topic === 'battery/cells')
    const before = readings().length
    const begunMs = performance.now()
    await sleep(2000)
    const count = readings().length - before
    const most = Math.ceil((performance.now() - begunMs) / 200) + 1
    assert.ok(count >= 3 && count <= most, `${count} readings in 2 s, at most one each 200 ms`)
    assert.ok(subscriber.messages.some(({ topic }) => topic === 'battery/cells/binary'))

    await transmitter.set('mqtt.prefix=cellar/pack 1')
    await subscriber.wait('the new prefix', ({ topic }) => topic?.startsWith('cellar/pack'))
  },
  options,
)

homeTest(
  'H1: availability is retained: online while connected, offline when it stops, offline by last will after kill -9',
  async (home) => {
    const broker = await Broker.start(home)
    const subscriber = broker.subscriber(home)
    const transmitter = await home.transmitter()
    await transmitter.set(...words(to(broker)))
    await subscriber.wait('online', status('online'))
    const online = subscriber.messages.length
    await transmitter.stop()
    await subscriber.wait('offline', status('offline'), { from: online })

    const mark = subscriber.messages.length
    const again = await home.transmitter()
    await subscriber.wait('online again', status('online'), { from: mark })
    const back = subscriber.messages.length
    await again.kill()
    await subscriber.wait('the last will', status('offline'), { from: back })
    const late = broker.subscriber(home)
    assert.equal((await late.wait('what is retained', status('offline'))).retained, true)
  },
  options,
)

homeTest(
  'H1: availability follows the readings: offline once a recording has ended, although the daemon is running',
  async (home) => {
    const broker = await Broker.start(home)
    const subscriber = broker.subscriber(home)
    const transmitter = await home.transmitter({ source: `csv:${RECORDING}`, args: ['--speed', '24', '--loop'] })
    await transmitter.set(...words(to(broker)))
    await subscriber.wait('online', status('online'))
    await transmitter.stop()

    const from = subscriber.messages.length
    const once = await home.transmitter({ source: `csv:${RECORDING}`, args: ['--speed', '24'] })
    await subscriber.wait('online while it plays', status('online'), { from })
    const playing = subscriber.messages.length
    await once.says(/the recording has ended/)
    await subscriber.wait('offline at its end', status('offline'), { from: playing })
    assert.equal((await once.status()).mqtt, 'connected')
    const late = broker.subscriber(home)
    assert.equal((await late.wait('what is retained', status('offline'))).retained, true)
  },
  options,
)

homeTest(
  'A5 C3: a broker that dies and comes back is reported both times, without waiting for a beacon',
  async (home) => {
    const broker = await Broker.start(home)
    const { receiver, transmitter } = await home.pair()
    const state = await receiver.state()
    await transmitter.set(...words(to(broker)))
    await state.transmitter('connected', connected)
    let from = state.mark
    await broker.kill()
    await state.transmitter('disconnected', notConnected, { from, timeoutMs: BEFORE_A_BEACON_MS })
    from = state.mark
    const again = await Broker.start(home, { port: broker.port })
    await state.transmitter('connected again', connected, { from, timeoutMs: PATIENCE_MS })
    assert.match(again.stderr, /New client connected/)
  },
  options,
)

homeTest(
  'G0: the secret set over the API lets the transmitter log in; without it, it stays out',
  async (home) => {
    const passwords = home.path('passwords')
    const made = spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'pack', 'sesame'])
    assert.equal(made.status, 0, made.stderr)
    const broker = await Broker.start(home, { options: ['allow_anonymous false', `password_file ${passwords}`] })
    const { receiver, mac } = await home.pair()
    const state = await receiver.state()
    assert.equal(
      (await receiver.edit(mac, 'mqtt', { ...to(broker), username: 'pack', password: 'wrong' })).state,
      'confirmed',
    )
    await broker.says(/not authorised|disconnected/)
    assert.equal((await receiver.transmitter(mac)).runtime.mqtt_connected, false)
    assert.equal((await receiver.edit(mac, 'mqtt', { password: 'sesame' })).state, 'confirmed')
    await state.transmitter('let in', connected)
  },
  options,
)

homeTest(
  'A5 A9: the API soon tells why there is no connection to the broker: name, refusal, login, silence',
  async (home) => {
    const silent = createServer(() => {})
    await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve))
    home.onClose(() => silent.close())
    const passwords = home.path('passwords')
    assert.equal(spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'pack', 'sesame']).status, 0)
    const strict = await Broker.start(home, { options: ['allow_anonymous false', `password_file ${passwords}`] })
    const open = await Broker.start(home)
    const { receiver, mac } = await home.pair()
    const state = await receiver.state()
    for (const [settings, fault] of [
      [to(await freeTcpPort()), 'refused'],
      [{ ...to(1883), server: 'no-such-broker.invalid' }, 'name_not_found'],
      [{ ...to(strict), username: 'pack', password: 'wrong' }, 'not_authorised'],
      [to(silent.address()), 'silent'],
    ]) {
      assert.equal((await receiver.edit(mac, 'mqtt', settings)).state, 'confirmed')
      const { runtime } = await state.transmitter(fault, ({ runtime: now }) => now.mqtt_fault === fault, {
        timeoutMs: 15000,
      })
      assert.equal(runtime.mqtt_connected, false)
      assert.ok(runtime.mqtt_fault_text.length > 10)
    }
    assert.equal((await receiver.edit(mac, 'mqtt', { ...to(open), username: '' })).state, 'confirmed')
    const { runtime } = await state.transmitter('connected', connected, { timeoutMs: 15000 })
    assert.equal(runtime.mqtt_fault, null)
  },
  options,
)

homeTest(
  'A5: readings that go only to MQTT are reported as such, and not as missing',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const state = await receiver.state()
    await state.transmitter('readings over the link', ({ runtime }) => runtime.streaming === true)
    await transmitter.set('telemetry.path=mqtt')
    const { runtime } = await state.transmitter('none', ({ runtime: now }) => now.streaming === false)
    assert.equal(runtime.mqtt_only, true)
    assert.equal(runtime.source_ok, true)
  },
  options,
)
