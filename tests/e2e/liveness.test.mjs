// What takes real time: 20 s, 30 s, 60 s of silence. The tests run in parallel.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Stranger, bootOf, datagram, editPayload, field, MESSAGE } from './support/frames.mjs'
import { homeTest } from './support/home.mjs'
import { BEFORE_A_BEACON_MS, sleep, until } from './support/wait.mjs'

const NETWORK = { id: 2, tags: { dns1: 5 } }

const secondsSince = (ms) => (performance.now() - ms) / 1000

// Never early; late by as much as a busy machine takes to send and receive it.
function assertAbout(seconds, expected, what) {
  assert.ok(seconds > expected - 0.8 && seconds < expected + 4, `${what} after ${seconds} s, not ${expected} s`)
}

describe('in real time', { concurrency: true }, () => {
  homeTest(
    'C1 A5: after kill -9 a transmitter is Degraded at 20 s and Offline at 30 s; its cache is then stale, and it recovers',
    async (home) => {
      const { receiver, transmitter, mac } = await home.pair({ transmitter: { source: 'sim:hz=10' } })
      const state = await receiver.state()
      const killsMs = performance.now()
      await transmitter.kill() // which takes seconds on a busy machine
      const killedMs = performance.now()
      const links = () =>
        state.messages.filter(({ type }) => type === 'transmitter').map((message) => message.transmitter.link)

      await sleep(10000)
      const askedMs = performance.now()
      const early = await receiver.transmitter(mac)
      assert.equal(early.link, 'Connected')
      const silentS = early.seconds_since_frame
      assert.ok(silentS > (askedMs - killedMs) / 1000 - 1 && silentS < secondsSince(killsMs) + 1, `${silentS} s`)
      // What counts from here on is its last frame.
      const lastFrameMs = askedMs - early.seconds_since_frame * 1000
      await state.transmitter('Degraded', ({ link }) => link === 'Degraded', { timeoutMs: 15000 })
      assertAbout(secondsSince(lastFrameMs), 20, 'Degraded')
      const degraded = await receiver.transmitter(mac)
      assert.equal(degraded.editable, true)
      assert.equal(degraded.runtime.stale, false)
      const from = state.mark
      await state.transmitter('Offline', ({ link }) => link === 'Offline', { from, timeoutMs: 15000 })
      assertAbout(secondsSince(lastFrameMs), 30, 'Offline')
      assert.deepEqual([...new Set(links())], ['Connected', 'Degraded', 'Offline'])

      const offline = await receiver.transmitter(mac)
      assert.equal(offline.runtime.stale, true)
      assert.equal(offline.next_beacon_s, null)
      assert.equal(offline.editable, false)
      assert.ok(offline.seconds_since_frame >= 29)
      const section = await receiver.section(mac, 'battery')
      assert.equal(section.sync, 'stale')
      assert.equal(section.values.cell_count, 96)
      assert.equal((await receiver.patchSection(mac, 'battery', { cell_count: 1 }, { etag: section.etag })).status, 503)
      assert.deepEqual(
        await receiver.get('/api/transmitter_status').then(({ connected, status }) => [connected, status]),
        [false, 'Offline'],
      )
      assert.equal((await receiver.get('/api/get_mqtt_config')).connected, null)
      await state.section('battery', { cell_count: 96 }, { from })

      const again = await home.transmitter()
      assert.equal(again.mac, mac)
      const back = await state.transmitter('Connected', ({ link }) => link === 'Connected', {
        from: state.mark - 1,
        timeoutMs: BEFORE_A_BEACON_MS,
      })
      assert.equal(back.quality.reboots, 1)
      assert.equal((await receiver.verified(mac, BEFORE_A_BEACON_MS)).runtime.stale, false)
      assert.equal((await receiver.edit(mac, 'battery', { cell_count: 104 })).state, 'confirmed')
    },
  )

  homeTest('C1 A1: an idle link stays Connected over beacons alone, every 14.5 to 15 s', async (home) => {
    const stranger = await Stranger.open(home)
    const { receiver, transmitter, mac } = await home.pair()
    await transmitter.set('telemetry.path=mqtt') // no readings on the link
    const state = await receiver.state()
    await sleep(1500)
    const from = state.mark
    const heardFrom = stranger.mark
    await sleep(31500)
    const seen = state.messages.slice(from).filter(({ type }) => type === 'transmitter')
    assert.deepEqual([...new Set(seen.map((message) => message.transmitter.link))], ['Connected'])
    const frames = stranger.heard.slice(heardFrom).filter(({ src }) => src === mac)
    assert.deepEqual([...new Set(frames.map(({ message }) => message))], [MESSAGE.BEACON])
    assert.ok(frames.length >= 2 && frames.length <= 3, `${frames.length} beacons in 31.5 s`)
    frames.forEach(({ payload }) => assert.ok(payload.length <= 32, `${payload.length} bytes of payload`))
  })

  homeTest('A9: a network edit reverts after 60 s without hearing a receiver', async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const held = await receiver.section(mac, 'network')
    const stranger = await Stranger.open(home)
    const boot = bootOf(
      await stranger.wait('a beacon', ({ src: of, message }) => of === mac && message === MESSAGE.BEACON, {
        timeoutMs: 16000,
      }),
    )
    await receiver.stop()
    // As a receiver would that the edit has cut off: one frame, then silence.
    const src = '02:00:00:00:0e:02'
    const payload = editPayload({
      id: 42n,
      etag: held.etag,
      boot,
      section: NETWORK.id,
      changes: field(NETWORK.tags.dns1, Buffer.from([10, 0, 0, 1])),
    })
    await stranger.toTransmitters(datagram({ src, dst: mac, message: MESSAGE.EDIT, payload }))
    const dns = async () => (await transmitter.get('network.dns1'))['network.dns1']
    await until('applied', async () => (await dns()) === '10.0.0.1')
    const appliedMs = performance.now()
    await sleep(50000)
    assert.equal(await dns(), '10.0.0.1')
    await until('reverted', async () => (await dns()) === '0.0.0.0')
    assertAbout(secondsSince(appliedMs), 60, 'reverted')
    await transmitter.says(/section network was reverted/)
  })

  homeTest('A9: a network edit stays when a receiver is heard', async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    assert.equal((await receiver.edit(mac, 'network', { dns1: '10.0.0.1' })).state, 'confirmed')
    await sleep(64000)
    assert.equal((await transmitter.get('network.dns1'))['network.dns1'], '10.0.0.1')
    assert.equal((await receiver.section(mac, 'network')).values.dns1, '10.0.0.1')
  })

  homeTest(
    'E1a: with no receiver heard for 60 s nothing is streamed, and the first to appear is served at once',
    async (home) => {
      const stranger = await Stranger.open(home)
      const { receiver } = await home.pair()
      const killsMs = performance.now()
      await receiver.kill()
      const killedMs = performance.now()
      const readingMs = () => stranger.heard.findLast(({ message }) => message === MESSAGE.READING).arrivedMs
      await sleep(50000)
      await until('the last reading', () => performance.now() - readingMs() > 5000, 30000)
      // The last it sent was the acknowledgement of a keyframe, seconds before it was killed.
      const streamedS = [killsMs, killedMs].map((ms) => (readingMs() - ms) / 1000)
      assert.ok(streamedS[0] > 50 && streamedS[1] < 64, `streamed for ${streamedS} s`)
      const again = await home.receiver()
      await (await again.cells()).wait('a reading', () => true, { timeoutMs: BEFORE_A_BEACON_MS })
    },
  )
})
