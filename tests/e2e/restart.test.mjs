// Either side goes and comes back: what is shown meanwhile, and how it recovers.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { frameTimes, MESSAGE } from './support/frames.mjs'
import { homeTest } from './support/home.mjs'
import { freeTcpPort } from './support/ports.mjs'
import { BEFORE_A_BEACON_MS, until } from './support/wait.mjs'

/** Its database is gone; its identity is in a file of its own. */
function wipe({ databaseFile }) {
  for (const end of ['', '-wal', '-shm']) rmSync(databaseFile + end, { force: true })
}

homeTest(
  'A4: a receiver killed with -9 and started while the transmitter is down shows the last settings at once, as stale',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair({ transmitter: { args: ['--name', 'Cellar pack'] } })
    const state = await receiver.state()
    await transmitter.set('mqtt.server=192.168.1.221')
    await state.section('mqtt', { server: '192.168.1.221' })
    await receiver.saved()
    const { store } = await receiver.get('/api/v1/receiver')
    assert.equal(store.persistent, true)
    assert.equal(store.failed, 0)
    await receiver.kill()
    await transmitter.kill()

    const again = await home.receiver()
    const known = await again.transmitter(mac) // the first request there is
    assert.equal(known.name, 'Cellar pack')
    assert.equal(known.link, 'Offline')
    assert.equal(known.sync, 'stale')
    assert.equal(known.editable, false)
    for (const key of ['seconds_since_beacon', 'seconds_since_frame', 'next_beacon_s'])
      assert.equal(known[key], null, key)
    const { known: isKnown, stale, ...runtime } = known.runtime
    assert.deepEqual([isKnown, stale], [false, false])
    assert.deepEqual([...new Set(Object.values(runtime))], [null], 'what runs is not known')
    const mqtt = await again.section(mac, 'mqtt')
    assert.equal(mqtt.values.server, '192.168.1.221')
    assert.equal(mqtt.sync, 'stale')
    assert.ok(mqtt.age_s >= 0 && mqtt.age_s < 60, `verified before the restart: ${mqtt.age_s}`)
    assert.equal(mqtt.no_age, null)
    assert.equal((await again.get('/api/get_mqtt_config')).server, '192.168.1.221')
    const cells = await again.get(`/api/v1/transmitters/${mac}/cells`)
    assert.deepEqual([cells.cells, cells.timestamp], [[], null], 'readings are not kept')
  },
)

for (const [disk, delayMs] of [
  ['a quick disk', 0],
  ['a slow one', 400],
]) {
  homeTest(`A4 A12: a receiver that is stopped keeps what changed right before, on ${disk}`, async (home) => {
    const env = { VOLTBEACON_COMMIT_DELAY_MS: String(delayMs) }
    const { receiver, transmitter, mac } = await home.pair({ receiver: { env } })
    const state = await receiver.state()
    for (const port of [1884, 1885]) {
      // the second is still to be written: at most one batch in 2 s
      await transmitter.set(`mqtt.port=${port}`)
      await state.section('mqtt', { port })
    }
    await receiver.stop()
    await transmitter.kill()
    const again = await home.receiver()
    assert.equal((await again.section(mac, 'mqtt')).values.port, 1885)
  })
}

homeTest('A8: a receiver that was away fetches only what changed meanwhile', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  const before = await receiver.get(`/api/v1/transmitters/${mac}/sections`)
  await receiver.saved()
  await receiver.stop()
  const { link_sent_section_data_frames: dataBefore = 0 } = await transmitter.status()
  const again = await home.receiver()
  await again.verified(mac)
  const { link_sent_section_data_frames: dataUnchanged = 0 } = await transmitter.status()
  assert.equal(dataUnchanged, dataBefore, 'nothing had changed: nothing was fetched')
  assert.deepEqual(
    (await again.get(`/api/v1/transmitters/${mac}/sections`)).sections.map(({ etag }) => etag),
    before.sections.map(({ etag }) => etag),
  )

  await again.kill()
  await transmitter.set('battery.cell_count=108')
  const { link_sent_section_data_bytes: bytesBefore = 0 } = await transmitter.status()
  const third = await home.receiver()
  await third.verified(mac)
  assert.equal((await third.section(mac, 'battery')).values.cell_count, 108)
  const { link_sent_section_data_bytes: bytesAfter = 0 } = await transmitter.status()
  assert.ok(bytesAfter - bytesBefore <= 250, `${bytesAfter - bytesBefore} bytes for one section`)
})

homeTest(
  'C1 C3: a goodbye makes the transmitter Offline at once; its first frame makes it Connected and verified again',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const state = await receiver.state()
    let from = state.mark
    const stoppedMs = performance.now()
    await transmitter.stop()
    const offline = await state.transmitter('Offline', ({ link }) => link === 'Offline', { from, timeoutMs: 10000 })
    assert.ok(performance.now() - stoppedMs < 10000, 'not by its silence, which takes 30 s')
    assert.equal(offline.runtime.stale, true)
    assert.equal(offline.sync, 'stale')
    from = state.mark
    const again = await home.transmitter()
    await state.transmitter('Connected', ({ link }) => link === 'Connected', { from })
    await state.transmitter('verified', ({ sync, runtime }) => sync === 'verified' && !runtime.stale, { from })
    assert.equal(again.mac, mac)
    assert.equal((await receiver.transmitter(mac)).quality.reboots, 1)
  },
)

homeTest(
  'C1: a goodbye goes three times, since nothing acknowledges it; the receiver reports it once',
  async (home) => {
    const frames = await frameTimes(home)
    const { receiver, transmitter, mac } = await home.pair()
    const state = await receiver.state()
    await transmitter.stop()
    await state.transmitter('Offline', ({ link }) => link === 'Offline')
    const goodbyes = () => frames().filter(({ src, message }) => src === mac && message === MESSAGE.GOODBYE)
    await until('three of them', () => goodbyes().length === 3)
    const [first, , third] = goodbyes()
    assert.ok(third.sentS - first.sentS > 0.03, 'what disturbs one does not disturb all')
    const { events } = await receiver.get('/api/v1/events')
    assert.deepEqual(
      events.filter(({ kind }) => /^link_(offline|lost)$/.test(kind)).map(({ kind }) => kind),
      ['link_lost', 'link_offline'],
    )
  },
)

homeTest(
  'A6: a transmitter whose store was wiped is noticed; its values are shown, an edit made on the old store is refused',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    await transmitter.set('mqtt.port=1884', 'battery.cell_count=108')
    const state = await receiver.state()
    await state.section('mqtt', { port: 1884 })
    const { store: oldStore } = await receiver.verified(mac)
    const old = await receiver.section(mac, 'mqtt')
    await transmitter.stop()
    wipe(transmitter)

    const from = state.mark
    await home.transmitter()
    await state.section('mqtt', { port: 1883 }, { from })
    await state.section('battery', { cell_count: 96 }, { from })
    const { store } = await receiver.verified(mac)
    assert.notEqual(store, oldStore)
    await receiver.says(/it has another store/)
    const answer = await receiver.patchSection(mac, 'mqtt', { port: 1 }, { etag: old.etag })
    assert.equal(answer.status, 409)
    assert.equal(answer.json.current.values.port, 1883)
    assert.equal((await receiver.edit(mac, 'mqtt', { port: 1999 })).state, 'confirmed')
  },
)

homeTest('A6: a wiped transmitter is also noticed by a receiver that was restarted meanwhile', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  await transmitter.set('mqtt.port=1884')
  await receiver.verified(mac)
  await receiver.stop()
  await transmitter.stop()
  wipe(transmitter)
  const [again] = await Promise.all([home.receiver(), home.transmitter()])
  await again.verified(mac)
  assert.equal((await again.section(mac, 'mqtt')).values.port, 1883)
})

homeTest(
  'A4: with persist_cache off, nothing of a transmitter survives a restart, and nothing is written',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    await receiver.set({ receiver: { persist_cache: false } })
    const seen = async (port) => {
      await transmitter.set(`mqtt.port=${port}`)
      await until('seen', async () => (await receiver.section(mac, 'mqtt')).values.port === port)
    }
    // Which transmitter the older paths are about is written once, in the second after it is heard.
    await until('that is written', async () => Number((await receiver.status()).uptime_s) >= 4)
    await seen(1884) // by then what was on its way to the disk before is there, too
    const { store_commits: before } = await receiver.status()
    await seen(1885)
    assert.equal((await receiver.status()).store_commits, before)
    await transmitter.stop()
    await receiver.stop()
    const again = await home.receiver()
    const held = await again.get('/api/v1/transmitters')
    assert.deepEqual(held.transmitters, [])
  },
)

homeTest(
  "A1 D1: a transmitter started first is known with the receiver's start, and not by its next beacon",
  async (home) => {
    const transmitter = await home.transmitter()
    const receiver = await home.receiver()
    const startedMs = performance.now()
    await home.meets(receiver, transmitter)
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs < BEFORE_A_BEACON_MS, `${tookMs} ms: not by its next beacon, 15 s after the one before`)
  },
)

homeTest(
  'receiver.web_port says where the pages are from the next start, and --http takes precedence',
  async (home) => {
    const receiver = await home.receiver()
    const port = await freeTcpPort()
    await receiver.set({ receiver: { web_port: port } })
    await receiver.stop()
    const again = await home.receiverAsSet()
    assert.equal(new URL(again.url).port, String(port))
    await again.stop()
    const third = await home.receiver()
    assert.notEqual(new URL(third.url).port, String(port))
  },
)
