// The transmitter's firmware at a real MQTT broker, over a stand-in for esp-mqtt, beside the daemons; a tenth of the
// link's frames is lost.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { Broker, noBroker } from './support/broker.mjs'
import { FirmwareTransmitter } from './support/firmware.mjs'
import { homeTest } from './support/home.mjs'
import { freeTcpPort } from './support/ports.mjs'
import { PATIENCE_MS, sleep } from './support/wait.mjs'

/** Waiting for a broker or a name would take 10 s. */
const WAITED_MS = 5000
const to = (broker) => ({ enabled: true, server: '127.0.0.1', port: broker.port ?? broker })
const on = (topic) => (message) => message.topic === topic
const says = (topic, payload) => (message) => message.topic === topic && message.payload === payload
const connected = ({ runtime }) => runtime.mqtt_connected === true

/** A receiver that has met a transmitter, whose firmware it is. */
async function pair(home) {
  home.linkText = `pipe:${home.path('link')}`
  const firmware = await FirmwareTransmitter.start(home)
  const receiver = await home.receiver()
  await home.meets(receiver, firmware)
  return { firmware, receiver, mac: firmware.mac }
}

const brokerTest = (name, body) => homeTest(name, body, { skip: noBroker })

brokerTest(
  'E2 H1 F5: it publishes what the daemon publishes: topics, keys, and availability by last will',
  async (home) => {
    const broker = await Broker.start(home)
    const subscriber = broker.subscriber(home)
    const daemon = await home.transmitter({ source: 'sim:cells=96,hz=5' })
    await daemon.set(
      ...Object.entries({ ...to(broker), prefix: 'daemon' }).map(([key, value]) => `mqtt.${key}=${value}`),
    )
    const { firmware, receiver, mac } = await pair(home)
    const edit = await receiver.edit(mac, 'mqtt', { ...to(broker), prefix: 'firmware', publish_interval_ms: 200 })
    assert.equal(edit.state, 'confirmed')

    const found = {}
    for (const prefix of ['daemon', 'firmware']) {
      await subscriber.wait('online', says(`${prefix}/status`, 'online'))
      await subscriber.wait('a reading in binary', on(`${prefix}/cells/binary`))
      const { payload, retained } = await subscriber.wait('a reading', on(`${prefix}/cells`))
      const reading = JSON.parse(payload)
      assert.equal(retained, false)
      assert.equal(reading.cells.length, 96)
      assert.equal(reading.min, Math.min(...reading.cells))
      assert.ok(Math.abs(reading.timestamp - Date.now() / 1000) < 60)
      const topics = subscriber.messages.map(({ topic }) => topic).filter((topic) => topic?.startsWith(`${prefix}/`))
      found[prefix] = {
        keys: Object.keys(reading),
        topics: [...new Set(topics)].map((topic) => topic.slice(prefix.length)).sort(),
      }
    }
    assert.deepEqual(found.firmware, found.daemon)

    const begunMs = performance.now()
    const from = subscriber.messages.length
    await sleep(2000)
    const count = subscriber.messages.slice(from).filter(on('firmware/cells')).length
    const most = Math.ceil((performance.now() - begunMs) / 200) + 1
    assert.ok(count >= 3 && count <= most, `${count} readings in 2 s, at most one each 200 ms`)

    const late = broker.subscriber(home)
    assert.equal((await late.wait('what is retained', says('firmware/status', 'online'))).retained, true)
    await firmware.kill()
    const gone = await late.wait('the last will', says('firmware/status', 'offline'))
    assert.equal(gone.retained, false)
    const later = broker.subscriber(home)
    assert.equal((await later.wait('what is retained', says('firmware/status', 'offline'))).retained, true)
  },
)

brokerTest(
  'A5 A9: why there is no connection is told, and delays nothing; a good broker is taken at once',
  async (home) => {
    const silent = createServer(() => {})
    await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve))
    home.onClose(() => silent.close())
    const strict = await Broker.start(home, { options: ['allow_anonymous false'] })
    const open = await Broker.start(home)
    const { firmware, receiver, mac } = await pair(home)
    const state = await receiver.state()
    for (const [settings, fault] of [
      [to(await freeTcpPort()), 'refused'],
      [{ ...to(1883), server: 'no-such-broker.invalid' }, 'name_not_found'],
      [to(strict), 'not_authorised'],
      [to(silent.address()), 'silent'],
    ]) {
      const begunMs = performance.now()
      assert.equal((await receiver.edit(mac, 'mqtt', settings)).state, 'confirmed')
      assert.ok(performance.now() - begunMs < WAITED_MS, `${fault}: confirmed after ${performance.now() - begunMs} ms`)
      const { runtime } = await state.transmitter(fault, ({ runtime: now }) => now.mqtt_fault === fault, {
        timeoutMs: PATIENCE_MS,
      })
      assert.equal(runtime.mqtt_connected, false)
    }
    assert.equal((await receiver.edit(mac, 'mqtt', to(open))).state, 'confirmed')
    const { runtime } = await state.transmitter('connected', connected, { timeoutMs: PATIENCE_MS })
    assert.equal(runtime.mqtt_fault, null)
    await firmware.end()
    assert.match(firmware.stdout, /connected to the MQTT broker 127\.0\.0\.1/)
  },
)

brokerTest(
  'A5 C3: a broker that dies and comes back is reported both times; after a power cut it is found again',
  async (home) => {
    const broker = await Broker.start(home)
    const { firmware, receiver, mac } = await pair(home)
    const state = await receiver.state()
    assert.equal((await receiver.edit(mac, 'mqtt', to(broker))).state, 'confirmed')
    await state.transmitter('connected', connected)
    let from = state.mark
    await broker.kill()
    await state.transmitter('disconnected', ({ runtime }) => runtime.mqtt_connected === false, { from })
    from = state.mark
    const again = await Broker.start(home, { port: broker.port })
    await state.transmitter('connected again', connected, { from, timeoutMs: PATIENCE_MS })
    await firmware.kill()
    const subscriber = again.subscriber(home)
    const restarted = await FirmwareTransmitter.start(home)
    await subscriber.wait('online', says('battery/status', 'online'))
    await subscriber.wait('a reading', on('battery/cells'))
    await restarted.end()
  },
)

brokerTest(
  'G0 A9: a password is refused over the radio, and taken at the console of the board, which prints it nowhere',
  async (home) => {
    const passwords = home.path('passwords')
    assert.equal(spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'pack', 'open sesame']).status, 0)
    const broker = await Broker.start(home, { options: ['allow_anonymous false', `password_file ${passwords}`] })
    const { firmware, receiver, mac } = await pair(home)
    const state = await receiver.state()
    const settings = { ...to(broker), username: 'pack' }
    assert.equal((await receiver.edit(mac, 'mqtt', { ...settings, password: 'open sesame' })).state, 'refused')
    assert.equal((await receiver.edit(mac, 'mqtt', settings)).state, 'confirmed')
    await firmware.types('set mqtt.password=open sesame', /^stored$/m)
    const { runtime } = await state.transmitter('let in', connected, { timeoutMs: PATIENCE_MS })
    assert.equal(runtime.mqtt_fault, null)
    await firmware.types('get mqtt', /^mqtt\.username=pack$/m)
    await firmware.types('set mqtt.port=none', /^error nothing was changed/m)
    assert.equal((await receiver.section(mac, 'mqtt')).values.port, broker.port)
    await firmware.end()
    assert.doesNotMatch(firmware.stdout + firmware.stderr, /sesame/)
  },
)
