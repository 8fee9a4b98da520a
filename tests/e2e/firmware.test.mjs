// The firmware of both roles, on this machine over stand-ins for ESP-IDF, together with the real daemons; a tenth of
// the frames is lost.
import assert from 'node:assert/strict'
import { ALL_LOST, FirmwareReceiver, FirmwareTransmitter } from './support/firmware.mjs'
import { homeTest } from './support/home.mjs'
import { assertRefused, EXIT } from './support/program.mjs'
import { until } from './support/wait.mjs'

function airTest(name, body) {
  homeTest(name, (home) => {
    home.linkText = `pipe:${home.path('link')}`
    return body(home)
  })
}

airTest('a receiver: settings are verified, readings come, an edit is confirmed', async (home) => {
  const firmware = await FirmwareReceiver.start(home)
  const { mac } = await home.transmitter()
  await firmware.web.verified(mac)
  await firmware.readings(mac)
  assert.equal((await firmware.web.edit(mac, 'mqtt', { port: 8883 })).state, 'confirmed')
  assert.equal((await firmware.web.get('/api/v1/receiver')).store.persistent, true)
  await firmware.end()
})

airTest('a receiver: its own settings can be changed, and each change is answered once it is in NVS', async (home) => {
  let firmware = await FirmwareReceiver.start(home)
  for (const device_name of ['Cellar', 'Kitchen']) {
    const asked = [
      firmware.web.patchOwn({ receiver: { device_name } }),
      firmware.web.get('/api/v1/receiver'), // nobody waits for the flash of another
    ]
    const [{ status, text }] = await Promise.all(asked)
    assert.equal(status, 200, text)
    await firmware.kill()
    firmware = await FirmwareReceiver.start(home)
    assert.match(JSON.stringify(await firmware.web.get('/api/v1/receiver')), new RegExp(device_name))
  }
  await firmware.end()
})

airTest('a receiver: malformed requests are refused, one after the other', async (home) => {
  const firmware = await FirmwareReceiver.start(home)
  const json = { 'Content-Type': 'application/json' }
  const cases = [
    [404, 'GET', '/api/v1/nothing'],
    [400, 'GET', '/api/v1/receiver%0'],
    [400, 'GET', '/api/v1/receiver%00'],
    [400, 'GET', `/api/v1/${'x'.repeat(300)}`],
    [400, 'GET', '/api/v1/receiver', { headers: { Authorization: 'x'.repeat(300) } }],
    [403, 'GET', '/api/v1/receiver', { headers: { Origin: 'http://elsewhere.example' } }],
    [405, 'DELETE', '/api/v1/receiver'],
    [413, 'PATCH', '/api/v1/receiver', { body: ' '.repeat(5000), headers: json }],
    [200, 'GET', '/api/v1/receiver'],
    [200, 'GET', '/%61pi/v1/receiver'],
  ]
  for (const [status, method, path, options] of cases) {
    const answer = await firmware.web.call(method, path, options)
    assert.equal(answer.status, status, `${method} ${path.slice(0, 60)}: ${answer.text}`)
  }
  await firmware.end()
})

airTest('a receiver whose power was cut has the settings at once, before it hears anyone', async (home) => {
  let firmware = await FirmwareReceiver.start(home)
  const { mac } = await home.transmitter()
  await firmware.web.verified(mac)
  assert.equal((await firmware.web.edit(mac, 'mqtt', { port: 8884 })).state, 'confirmed')
  await firmware.stored()

  await firmware.kill()
  firmware = await FirmwareReceiver.start(home, ALL_LOST)
  const section = await firmware.web.get(`/api/v1/transmitters/${mac}/sections/mqtt`)
  assert.match(JSON.stringify(section), /8884/)
  assert.notEqual((await firmware.web.get(`/api/v1/transmitters/${mac}`)).sync, 'verified')

  await firmware.kill()
  firmware = await FirmwareReceiver.start(home)
  await firmware.web.verified(mac)
  await firmware.end()
})

airTest('a transmitter: what it has confirmed is kept, whenever its power is cut', async (home) => {
  let firmware = await FirmwareTransmitter.start(home)
  const receiver = await home.receiver()
  await home.meets(receiver, firmware)
  const cells = await receiver.cells(firmware.mac)
  await cells.wait('a reading', ({ cells: all }) => all?.length === 96)
  for (let port = 8885; port < 8891; port++) {
    assert.equal((await receiver.edit(firmware.mac, 'mqtt', { port })).state, 'confirmed')
    await firmware.kill()
    firmware = await FirmwareTransmitter.start(home)
    await home.meets(receiver, firmware)
    assert.equal((await receiver.section(firmware.mac, 'mqtt')).values.port, port)
  }
  await firmware.end()
})

airTest('a second transmitter at the same pipe is refused, and does not silence the first', async (home) => {
  const firmware = await FirmwareTransmitter.start(home)
  const daemon = ['transmitter', '--data', home.path('second'), '--source', 'sim', '--link', home.linkText]
  const taken = /a transmitter is at this end already, and a pipe has one at each end/
  await assertRefused(daemon, taken, { exit: EXIT.UNAVAILABLE })
  const second = new FirmwareTransmitter(home)
  await second.says(taken)
  assert.deepEqual(await second.ended, { code: 1, signal: null })
  await home.meets(await home.receiver(), firmware)
  await firmware.end()
})

airTest('both: they meet without a daemon, and an edit comes through', async (home) => {
  const receiver = await FirmwareReceiver.start(home)
  const transmitter = await FirmwareTransmitter.start(home)
  await receiver.web.verified(transmitter.mac)
  await receiver.readings(transmitter.mac)
  assert.equal((await receiver.web.edit(transmitter.mac, 'mqtt', { port: 8892 })).state, 'confirmed')
  await Promise.all([receiver.end(), transmitter.end()])
})

airTest(
  'a transmitter and a receiver: why they started is an event, and how long the radio searched is told',
  async (home) => {
    const receiver = await home.receiver()
    let firmware = await FirmwareTransmitter.start(home)
    const { mac } = firmware
    await receiver.verified(mac)
    const told = () => receiver.transmitter(mac)
    const { board } = await told()
    assert.deepEqual(
      { ...board, channel: 0, recoveries: 0, recovered_s: null },
      {
        start: 'watchdog',
        start_text: 'the watchdog',
        crashes: 2,
        safe_mode: false,
        core_dump: true,
        channel: 0,
        recoveries: 0,
        recovered_s: null,
      },
    )
    assert.equal((await receiver.get('/api/v1/receiver')).board, null)
    await firmware.kill()
    firmware = await FirmwareTransmitter.start(home)
    const { text, level } = await until('its reboot to be an event', async () => {
      const { events } = await receiver.get('/api/v1/events?kind=transmitter_rebooted')
      return events[0]
    })
    assert.match(text, /: the watchdog, 2 crashes in a row\. A core dump lies in its flash\.$/)
    assert.equal(level, 'warning')
    await firmware.end()
    await receiver.stop()

    const board2 = await FirmwareReceiver.start(home)
    const { events } = await board2.web.get('/api/v1/events?kind=receiver_started')
    assert.deepEqual([events[0].text, events[0].level], ['Receiver started: too low a supply voltage.', 'warning'])
    await board2.end()
  },
)
