// D2, A11: firmware of two revisions on one link. The newer is built from a copy of the tree whose schema is changed in
// every way that one may be; the older is the program under test.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { datagram, MESSAGE, Stranger, u32, varint } from './support/frames.mjs'
import { homeTest } from './support/home.mjs'
import { accessFaults, pageTest } from './support/pages.mjs'
import { Scratch } from './support/scratch.mjs'
import { sleep, until } from './support/wait.mjs'

const SCHEMA = 'core/schema/sections.def'
const NEW = new Scratch('revision')
const ofNew = { program: NEW.program }

const HEATER = `\
VB_SECTION(HEATER, heater, 10, "Heater", TRANSMITTER, 0, "The mat that warms the pack.")
VB_UNSIGNED(heater, 1, "0.2", power_max_w, 16, 0, 3000, 300, "W", 0, 0, "Highest power", NULL, "What the mat may draw.")
VB_SECTION_END(heater)

`
const MQTT_FIELDS = `\
VB_BOOL    (mqtt, 10, "0.2", retain, true, 0, "Retain", NULL, "The broker keeps the newest reading.")
VB_STRING  (mqtt, 11, "0.2", ca_name, 31, TEXT, "system", 0, "Authority", NULL, "Who vouches for the broker.")
VB_SECRET  (mqtt, 12, "0.2", client_key, 64, 0, "Client key", NULL, "Kept by the transmitter alone.")
`
/** Section contactor, whole. */
const CONTACTOR = /^VB_SECTION\(CONTACTOR,[\s\S]*?^VB_SECTION_END\(contactor\)\n\n/m
/** Field charge_current_max_a. */
const CHARGE_CURRENT = /^VB_UNSIGNED\(battery, 8, .*\n/m

test('the newer revision builds', async () => {
  NEW.copyTree()
  NEW.replace(SCHEMA, 'VB_SECTION(RECEIVER,', `${HEATER}VB_SECTION(RECEIVER,`)
  NEW.replace(SCHEMA, 'VB_REQUIRES(mqtt, enabled, 1, server,', `${MQTT_FIELDS}VB_REQUIRES(mqtt, enabled, 1, server,`)
  NEW.replace(SCHEMA, CONTACTOR, '')
  NEW.replace(SCHEMA, CHARGE_CURRENT, '')
  NEW.replace(SCHEMA, 'discharge_current_max_a, 16, 0, 1000,', 'discharge_current_max_a, 32, 0, 100000,')
  NEW.replace(SCHEMA, 'X(L, OTHER, "other")', 'X(L, OTHER, "other") X(L, SODIUM, "sodium")')
  await NEW.buildQuickly()
})

// --- what is looked at ---------------------------------------------------------------------------

const compatibilityOf = async (receiver, mac) => (await receiver.transmitter(mac)).compatibility

const valuesOf = async (receiver, mac, name) => (await receiver.section(mac, name)).values

/** Waits until the receiver shows these values; they must be verified then. */
async function assertShown(receiver, mac, name, expected) {
  const names = Object.keys(expected)
  let shown
  await until(`${name} with ${JSON.stringify(expected)}`, async () => {
    const { values, sync } = await receiver.section(mac, name)
    shown = values && Object.fromEntries(names.map((field) => [field, values[field]]))
    return sync === 'verified' && JSON.stringify(shown) === JSON.stringify(expected)
  }).catch((error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(shown)}`)
  })
}

async function assertIs(transmitter, expected) {
  assert.deepEqual(await transmitter.get(...Object.keys(expected)), expected)
}

async function assertNoSuchSection(receiver, mac, name, changes) {
  const { values, version, etag, sync } = await receiver.section(mac, name)
  assert.deepEqual([values, version, sync], [null, 0, 'unknown'])
  const { status, json } = await receiver.patchSection(mac, name, changes, { etag })
  assert.deepEqual([status, json.error], [404, `The transmitter's firmware has no section ${name}; update it.`])
}

/** The transmitter refuses what this receiver considers valid. */
async function assertRefusedThere(receiver, mac, name, changes) {
  const { state, reasons } = await receiver.edit(mac, name, changes)
  assert.equal(state, 'refused')
  assert.deepEqual(Object.keys(reasons), Object.keys(changes), JSON.stringify(reasons))
  await receiver.verified(mac)
}

// --- side by side --------------------------------------------------------------------------------

homeTest(
  'D2: an older receiver verifies all of a newer transmitter, shows what it knows and keeps the rest',
  async (home) => {
    const transmitter = await home.transmitter(ofNew)
    const { mac } = transmitter
    await transmitter.set('heater.power_max_w=450', 'mqtt.retain=false', 'mqtt.ca_name=cellar', 'mqtt.client_key=hush')
    await transmitter.set('battery.chemistry=lfp', 'battery.discharge_current_max_a=500')
    const receiver = await home.receiver()
    await home.meets(receiver, transmitter)

    await assertShown(receiver, mac, 'battery', {
      chemistry: 'lfp',
      discharge_current_max_a: 500,
      charge_current_max_a: 60,
    }) // the last by default: not there
    assert.equal((await receiver.section(mac, 'mqtt')).unknown_fields, 3)
    await assertNoSuchSection(receiver, mac, 'contactor', { precharge_ms: 2000 })
    assert.deepEqual(await compatibilityOf(receiver, mac), {
      complete: false,
      unknown_sections: 1,
      unknown_fields: 3,
      unknown_values: 0,
      missing_sections: 1,
      missing_fields: 1,
      message:
        "The transmitter's settings (firmware 0.1.0) are not quite those that this receiver knows. It has 1 section " +
        'and 3 fields that this receiver keeps but cannot show. It lacks 1 section and 1 field, which is shown with its ' +
        'default. Give both the same version.',
    })

    // What it knows can be edited; what it does not know stays as it is.
    assert.equal((await receiver.edit(mac, 'mqtt', { port: 1884 })).state, 'confirmed')
    await assertIs(transmitter, { 'mqtt.port': '1884', 'mqtt.retain': 'false', 'mqtt.ca_name': 'cellar' })
    await assertRefusedThere(receiver, mac, 'battery', { charge_current_max_a: 30 })
  },
)

homeTest(
  'D2: a value that an older receiver does not know is kept, shown as the default, and marked as such',
  async (home) => {
    const transmitter = await home.transmitter(ofNew)
    const { mac } = transmitter
    await transmitter.set('battery.chemistry=sodium', 'battery.discharge_current_max_a=70000')
    const receiver = await home.receiver()
    await home.meets(receiver, transmitter)
    await assertShown(receiver, mac, 'battery', { chemistry: 'nmc', discharge_current_max_a: 60 })
    const battery = await receiver.section(mac, 'battery')
    assert.deepEqual(battery.unknown_values, ['chemistry', 'discharge_current_max_a'])
    const { unknown_values: count, message } = await compatibilityOf(receiver, mac)
    assert.equal(count, 2)
    assert.match(
      message,
      /\. 2 fields hold values that this receiver keeps but does not know; their defaults are shown\. /,
    )

    assert.equal((await receiver.edit(mac, 'battery', { cell_count: 108 })).state, 'confirmed')
    await assertIs(transmitter, { 'battery.chemistry': 'sodium', 'battery.discharge_current_max_a': '70000' })

    // Two bytes where the transmitter would write four.
    assert.equal((await receiver.edit(mac, 'battery', { discharge_current_max_a: 80 })).state, 'confirmed')
    await assertShown(receiver, mac, 'battery', { discharge_current_max_a: 80 })
    assert.deepEqual((await receiver.section(mac, 'battery')).unknown_values, ['chemistry'])
    const { version } = await receiver.section(mac, 'battery')
    await transmitter.stop()
    const again = await home.transmitter(ofNew)
    await assertIs(again, { 'battery.discharge_current_max_a': '80', 'battery.chemistry': 'sodium' })
    await until('heard again', async () => (await receiver.transmitter(mac)).link === 'Connected')
    await receiver.verified(mac)
    assert.equal((await receiver.section(mac, 'battery')).version, version)
  },
)

homeTest('D2 A4: what a receiver does not know stays in its cache, byte for byte, across a restart', async (home) => {
  const transmitter = await home.transmitter(ofNew)
  const { mac } = transmitter
  const receiver = await home.receiver()
  await home.meets(receiver, transmitter)
  await transmitter.set('heater.power_max_w=450', 'mqtt.ca_name=cellar', 'battery.chemistry=sodium')
  await until('all is there', async () => (await compatibilityOf(receiver, mac)).unknown_values === 1)
  await receiver.verified(mac)
  await receiver.stop()
  const { link_sent_section_data_frames: before = 0 } = await transmitter.status()
  const again = await home.receiver()
  const {
    unknown_sections: sections,
    unknown_fields: fields,
    unknown_values: values,
  } = await compatibilityOf(again, mac)
  assert.deepEqual([sections, fields, values], [1, 3, 1])
  await again.verified(mac)
  const { link_sent_section_data_frames: after = 0 } = await transmitter.status()
  assert.equal(after, before, 'what was kept is what the digest covers: nothing was fetched')
})

homeTest(
  'D2: a newer receiver verifies all of an older transmitter and shows missing fields with their defaults',
  async (home) => {
    const transmitter = await home.transmitter()
    const { mac } = transmitter
    await transmitter.set('contactor.precharge_ms=2000', 'battery.charge_current_max_a=30', 'mqtt.port=1885')
    const receiver = await home.receiver(ofNew)
    await home.meets(receiver, transmitter)
    await assertShown(receiver, mac, 'mqtt', {
      port: 1885,
      retain: true,
      ca_name: 'system',
      client_key: { set: false },
    })
    await assertShown(receiver, mac, 'battery', { discharge_current_max_a: 60 })
    assert.equal('charge_current_max_a' in (await valuesOf(receiver, mac, 'battery')), false)
    await assertNoSuchSection(receiver, mac, 'heater', { power_max_w: 1 })
    assert.deepEqual(await compatibilityOf(receiver, mac), {
      complete: false,
      unknown_sections: 1,
      unknown_fields: 1,
      unknown_values: 0,
      missing_sections: 1,
      missing_fields: 3,
      message:
        "The transmitter's settings (firmware 0.1.0) are not quite those that this receiver knows. It has 1 section " +
        'and 1 field that this receiver keeps but cannot show. It lacks 1 section and 3 fields, which are shown with ' +
        'their defaults. Give both the same version.',
    })

    // Four bytes where the transmitter would write two; what it does not know, it keeps.
    const changes = { cell_count: 108, discharge_current_max_a: 50 }
    assert.equal((await receiver.edit(mac, 'battery', changes)).state, 'confirmed')
    await assertIs(transmitter, {
      'battery.cell_count': '108',
      'battery.discharge_current_max_a': '50',
      'battery.charge_current_max_a': '30',
      'contactor.precharge_ms': '2000',
    })

    for (const [name, beyond] of [
      ['mqtt', { retain: false }],
      ['battery', { chemistry: 'sodium' }],
      ['battery', { discharge_current_max_a: 70000 }],
    ])
      await assertRefusedThere(receiver, mac, name, beyond)
    await assertIs(transmitter, { 'battery.chemistry': 'nmc', 'battery.discharge_current_max_a': '50' })
  },
)

// --- one after the other -------------------------------------------------------------------------

homeTest(
  'D2 A6: a transmitter upgraded in place and downgraded again keeps what each firmware does not know',
  async (home) => {
    const receivers = [await home.receiver({ name: 'older' }), await home.receiver({ name: 'newer', ...ofNew })]
    let transmitter
    const run = async (program) => {
      await transmitter?.stop()
      transmitter = await home.transmitter(program)
      for (const receiver of receivers) await home.meets(receiver, transmitter)
    }
    await run()
    const { mac } = transmitter
    await transmitter.set('mqtt.port=1885', 'battery.cell_count=108')
    await transmitter.set('battery.charge_current_max_a=30', 'contactor.precharge_ms=2000')

    await run(ofNew)
    await assertIs(transmitter, {
      'mqtt.port': '1885',
      'mqtt.retain': 'true',
      'battery.cell_count': '108',
      'heater.power_max_w': '300',
    })
    await transmitter.set(
      'heater.power_max_w=450',
      'mqtt.retain=false',
      'mqtt.client_key=hush',
      'battery.cell_count=96',
    )
    await transmitter.set('battery.discharge_current_max_a=70000')
    await assertShown(receivers[1], mac, 'heater', { power_max_w: 450 })

    await run()
    await assertIs(transmitter, {
      'mqtt.port': '1885',
      'battery.cell_count': '96',
      'battery.charge_current_max_a': '30',
      'contactor.precharge_ms': '2000',
    })
    // The one thing that is lost, and said: a value out of the older range, in a field that both have.
    await assertIs(transmitter, { 'battery.discharge_current_max_a': '60' })
    await transmitter.says(/battery.discharge_current_max_a: the stored value 70000 was out of range; using 60/)
    await assertShown(receivers[0], mac, 'contactor', { precharge_ms: 2000 })
    assert.equal((await compatibilityOf(receivers[0], mac)).unknown_fields, 3) // they are still there
    assert.equal((await receivers[0].edit(mac, 'mqtt', { port: 1886 })).state, 'confirmed')

    await run(ofNew)
    await assertIs(transmitter, { 'mqtt.port': '1886', 'mqtt.retain': 'false', 'heater.power_max_w': '450' })
    await assertShown(receivers[1], mac, 'mqtt', { port: 1886, retain: false, client_key: { set: true } })
    await assertShown(receivers[1], mac, 'heater', { power_max_w: 450 })
    assert.equal((await compatibilityOf(receivers[1], mac)).unknown_fields, 1) // charge_current_max_a, still kept
  },
)

// --- frames of revisions to come -----------------------------------------------------------------

homeTest(
  'D2: a message, a record form and a magic of a future revision are counted and change nothing',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const stranger = await Stranger.open(home)
    await transmitter.set('mqtt.port=1884')
    const beacon = await stranger.wait('a beacon', ({ src, message }) => src === mac && message === MESSAGE.BEACON)
    await assertShown(receiver, mac, 'mqtt', { port: 1884 })
    await sleep(1000) // the beacons of the change
    const own = (await receiver.get('/api/v1/receiver')).mac
    const heldOf = async () =>
      (await receiver.get(`/api/v1/transmitters/${mac}/sections`)).sections.map(({ etag }) => etag)
    const held = await heldOf()

    const counted = async (device, send) => {
      const before = await device.refusedFrames()
      await send()
      await until(`${device.role} to count it`, async () => (await device.refusedFrames()) > before)
      assert.equal(await device.refusedFrames(), before + 1)
      assert.deepEqual(await heldOf(), held)
      const { sync, link, epoch } = await receiver.transmitter(mac)
      assert.deepEqual([sync, link, epoch], ['verified', 'Connected', beacon.epoch])
    }
    const nextSeq = () => Math.max(...stranger.heard.filter(({ src }) => src === mac).map(({ seq }) => seq)) + 1
    const ofTransmitter = (frame) => datagram({ src: mac, epoch: beacon.epoch, seq: nextSeq(), ...frame })
    const ofReceiver = (frame) => datagram({ src: own, dst: mac, seq: 1e6, ...frame })
    const record = (form) => Buffer.concat([Buffer.from([1, form << 5]), varint(9), u32(0xdecafbad)])
    const data = (form) => Buffer.concat([beacon.payload.subarray(0, 12), record(form)]) // behind store, boot and digest

    for (const message of [11, 31]) {
      await counted(receiver, () => stranger.toReceivers(ofTransmitter({ message, payload: Buffer.alloc(20, 1) })))
      await counted(transmitter, () => stranger.toTransmitters(ofReceiver({ message, payload: Buffer.alloc(20, 1) })))
    }
    for (const form of [3, 7]) {
      await counted(receiver, () =>
        stranger.toReceivers(ofTransmitter({ message: MESSAGE.SECTION_DATA, payload: data(form) })),
      )
    }
    const beaconOfTwo = { message: MESSAGE.BEACON, payload: beacon.payload, magic: 0xc2 }
    await counted(receiver, () => stranger.toReceivers(ofTransmitter({ ...beaconOfTwo, epoch: beacon.epoch + 1 })))
    await counted(transmitter, () =>
      stranger.toTransmitters(ofReceiver({ message: MESSAGE.HELLO, payload: u32(1), magic: 0xc2 })),
    )
    assert.equal((await receiver.edit(mac, 'mqtt', { port: 1885 })).state, 'confirmed')
  },
)

// --- what the pages say --------------------------------------------------------------------------

pageTest(
  'D2: every page says what the two firmware versions do not know of each other, until they do',
  async (home, browser) => {
    const receiver = await home.receiver()
    const newer = await home.transmitter(ofNew)
    await home.meets(receiver, newer)
    const { message } = await compatibilityOf(receiver, newer.mac)
    const view = await browser.open(receiver, '/', { forAxe: true })
    for (const path of ['/settings', '/monitoring', '/']) {
      await view.shows('compatibility', message)
      await view.go(path)
    }
    await view.shows('compatibility', message)
    assert.deepEqual(await accessFaults(view), [])

    await newer.stop()
    const id = readFileSync(join(newer.data, 'device-id'))
    rmSync(newer.data, { recursive: true }) // or it would keep what it does not know
    mkdirSync(newer.data)
    writeFileSync(join(newer.data, 'device-id'), id) // the same device, with other firmware
    await home.meets(receiver, await home.transmitter())
    await view.gone('compatibility')
  },
)

pageTest('D2: a value that this receiver does not know is marked at its field', async (home, browser) => {
  const receiver = await home.receiver()
  const newer = await home.transmitter(ofNew)
  await newer.set('battery.chemistry=sodium')
  await home.meets(receiver, newer)
  const view = await browser.open(receiver, '/settings', { forAxe: true })
  await view.shows('strange-battery-chemistry', /^▲ The transmitter holds a value that this receiver does not know/)
  assert.equal(await view.at('strange-battery-cell_count').count(), 0)
  assert.deepEqual(await accessFaults(view), [])
  await view.at('field-battery-chemistry').selectOption('lfp')
  await view.save('battery')
  await view.gone('strange-battery-chemistry')
})

pageTest('D2: a section that an older transmitter lacks is not shown as awaited', async (home, browser) => {
  const older = await home.transmitter()
  const receiver = await home.receiver(ofNew)
  await home.meets(receiver, older)
  const view = await browser.open(receiver, '/settings')
  await view.shows(
    'lacking-heater',
    /^This transmitter's firmware does not know these settings\. Update the transmitter/,
  )
  await view.shows('section-status-heater', 'Not in its firmware')
})
