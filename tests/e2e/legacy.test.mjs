// F5: the older paths keep working, with their keys.
import assert from 'node:assert/strict'
import { homeTest } from './support/home.mjs'

const ABOUT_TRANSMITTER = [
  'get_transmitter_info',
  'get_mqtt_config',
  'get_network_config',
  'get_battery_settings',
  'transmitter_status',
]

homeTest('F5: before the first beacon each says that nothing is known yet', async (home) => {
  const receiver = await home.receiver()
  for (const path of ABOUT_TRANSMITTER) {
    const { success, error } = await receiver.get(`/api/${path}`)
    assert.equal(success, false, path)
    assert.match(error, /Waiting for the transmitter's first beacon/)
  }
  const own = await receiver.get('/api/get_receiver_info')
  assert.equal(own.success, true)
})

homeTest('F5: POST /api/request_* answers 410 with the reason, whatever is requested', async (home) => {
  const { receiver } = await home.pair()
  for (const what of ['mqtt_config', 'network_config', 'battery_settings', 'anything']) {
    const { status, json } = await receiver.request('POST', `/api/request_${what}`, { body: '' })
    assert.equal(status, 410, what)
    assert.match(json.error, /always has what the transmitter last sent/)
  }
  assert.equal((await receiver.request('GET', '/api/request_mqtt_config')).status, 405)
})

homeTest('F5: each has its keys, and the values of the sections', async (home) => {
  const { receiver, transmitter, mac } = await home.pair({ transmitter: { args: ['--name', 'Cellar'] } })
  await transmitter.set(
    'mqtt.server=192.168.1.221',
    'mqtt.username=home',
    'mqtt.password=x',
    'network.mode=static',
    'network.address=192.168.1.5',
    'battery.cell_count=108',
  )
  const state = await receiver.state()
  await state.section('battery', { cell_count: 108 })
  await state.section('network', { mode: 'static' })
  await receiver.verified(mac)

  const own = await receiver.get('/api/get_receiver_info')
  assert.deepEqual(Object.keys(own), ['success', 'device_name', 'ip', 'mac', 'firmware', 'uptime_s'])
  const info = await receiver.get('/api/get_transmitter_info')
  assert.deepEqual(
    { ...info, firmware: 0, seconds_since_beacon: 0, ip: 0, ethernet_connected: 0 },
    {
      success: true,
      device_name: 'Cellar',
      mac,
      firmware: 0,
      connected: true,
      seconds_since_beacon: 0,
      mqtt_connected: false,
      ethernet_connected: 0,
      ip: 0,
    },
  )
  const { version, ...mqtt } = await receiver.get('/api/get_mqtt_config')
  assert.deepEqual(mqtt, {
    success: true,
    enabled: false,
    server: '192.168.1.221',
    port: 1883,
    username: 'home',
    client_id: '',
    password_set: true,
    connected: false,
  })
  assert.equal(version, (await receiver.section(mac, 'mqtt')).version)
  const network = await receiver.get('/api/get_network_config')
  assert.deepEqual(
    { ...network, current_ip: 0, version: 0 },
    {
      success: true,
      use_static: true,
      static_ip: '192.168.1.5',
      gateway: '0.0.0.0',
      subnet: '255.255.255.0',
      dns1: '0.0.0.0',
      dns2: '0.0.0.0',
      current_ip: 0,
      version: 0,
    },
  )
  const { success, version: battery, ...values } = await receiver.get('/api/get_battery_settings')
  assert.equal(success, true)
  const section = await receiver.section(mac, 'battery')
  assert.deepEqual(values, section.values)
  assert.equal(battery, section.version)
  const status = await receiver.get('/api/transmitter_status')
  assert.deepEqual(
    { ...status, seconds_since_beacon: 0 },
    { success: true, connected: true, status: 'Connected', seconds_since_beacon: 0 },
  )
})

homeTest('F5 A5: with the transmitter offline, live values are unknown and cached ones are answered', async (home) => {
  const { receiver, transmitter } = await home.pair()
  const state = await receiver.state()
  await transmitter.stop()
  await state.transmitter('offline', ({ link }) => link === 'Offline')
  const info = await receiver.get('/api/get_transmitter_info')
  assert.deepEqual([info.success, info.connected, info.mqtt_connected, info.ip], [true, false, null, null])
  assert.equal((await receiver.get('/api/get_mqtt_config')).connected, null)
  assert.equal((await receiver.get('/api/get_mqtt_config')).port, 1883)
  assert.equal((await receiver.get('/api/transmitter_status')).status, 'Offline')
})
