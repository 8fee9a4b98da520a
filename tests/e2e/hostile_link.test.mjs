// Hostile frames on the link are refused and counted, and change nothing.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Stranger, datagram, MESSAGE } from './support/frames.mjs'
import { homeTest } from './support/home.mjs'
import { sleep, until } from './support/wait.mjs'

const FLOOD = 20000
const GROWTH_KB_MAX = 20 * 1024 // AddressSanitizer keeps what was freed for a while
const PEERS_MAX = 16

async function heldOf(receiver, mac) {
  const { sections } = await receiver.get(`/api/v1/transmitters/${mac}/sections`)
  return sections.map(({ etag }) => etag)
}

/** In small batches, so that the daemons get to read most of it: between them the receiver has answered. */
async function flood(receiver, count, send) {
  for (let index = 0; index < count; index++) {
    await send(index)
    if (index % 100 === 99) await receiver.get('/api/v1/receiver')
  }
}

async function assertUnharmed(receiver, transmitter, mac) {
  const state = await receiver.state()
  const port = 1000 + Math.floor(Math.random() * 60000)
  assert.equal((await receiver.edit(mac, 'mqtt', { port })).state, 'confirmed')
  assert.equal((await transmitter.get('mqtt.port'))['mqtt.port'], String(port))
  assert.equal((await receiver.verified(mac)).link, 'Connected')
  await (await receiver.cells(mac)).wait('a reading', () => true)
  state.close()
}

/** Sends what make() makes of a real beacon to the receivers, and of a real hello to the transmitters. */
async function distort(home, make) {
  const { receiver, transmitter, mac } = await home.pair()
  const ears = await Stranger.open(home)
  const hall = await Stranger.open(home, 'receivers')
  await home.receiver({ name: 'guest' }) // its hello is heard by all
  const hello = await hall.wait('a hello', ({ message }) => message === MESSAGE.HELLO)
  const reading = await ears.wait('a reading', ({ src, message }) => src === mac && message === MESSAGE.READING)
  await transmitter.set('mqtt.port=1884')
  const beacon = await ears.wait('a beacon', ({ src, message }) => src === mac && message === MESSAGE.BEACON)
  await receiver.verified(mac)
  const before = { held: await heldOf(receiver, mac), known: await receiver.transmitter(mac) }
  const refused = [await receiver.refusedFrames(), await transmitter.refusedFrames()]
  const toReceivers = [...make(beacon), ...make(reading)]
  const toTransmitters = make(hello)
  await flood(receiver, toReceivers.length, (index) => ears.toReceivers(toReceivers[index]))
  await flood(receiver, toTransmitters.length, (index) => ears.toTransmitters(toTransmitters[index]))
  await sleep(300)
  assert.deepEqual(await heldOf(receiver, mac), before.held)
  const known = await receiver.transmitter(mac)
  assert.deepEqual(
    [known.epoch, known.store, known.sync, known.link, known.quality.reboots],
    [before.known.epoch, before.known.store, 'verified', 'Connected', 0],
  )
  assert.ok((await receiver.refusedFrames()) >= refused[0] + toReceivers.length * 0.9, 'counted by the receiver')
  assert.ok((await transmitter.refusedFrames()) > refused[1], 'counted by the transmitter')
  await assertUnharmed(receiver, transmitter, mac)
}

homeTest('a frame truncated at any point is refused', (home) =>
  distort(home, ({ bytes }) => Array.from({ length: bytes.length }, (_, size) => bytes.subarray(0, size))),
)

homeTest('a frame with any one bit flipped is refused', (home) =>
  distort(home, ({ bytes }) =>
    Array.from({ length: Math.min(bytes.length * 8, 800) }, (_, bit) => {
      const flipped = Buffer.from(bytes)
      flipped[12 + ((bit >> 3) % (bytes.length - 12))] ^= 1 << (bit & 7)
      return flipped
    }),
  ),
)

homeTest('a frame with trailing bytes, or longer than any valid one, is refused', (home) =>
  distort(home, ({ bytes }) => [1, 8, 100, 300, 1400].map((size) => Buffer.concat([bytes, randomBytes(size)]))),
)

homeTest('a malformed payload is refused whole, even from a newer boot of a known device', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  const stranger = await Stranger.open(home)
  const before = await receiver.transmitter(mac)
  const held = await heldOf(receiver, mac)
  const refused = await receiver.refusedFrames()
  const own = (await receiver.get('/api/v1/receiver')).mac
  let seq = 1000000
  for (let message = 0; message < 32; message++) {
    for (const payload of [Buffer.alloc(0), Buffer.from([0]), Buffer.alloc(238, 0xff), Buffer.alloc(100)]) {
      if (message === MESSAGE.BEACON_ACK && payload.length === 0) continue
      const frame = { epoch: before.epoch + 1, seq: ++seq, message, payload }
      await stranger.toReceivers(datagram({ ...frame, src: mac }))
      await stranger.toTransmitters(datagram({ ...frame, src: own, dst: mac }))
    }
  }
  for (const magic of [0x42, 0xc0, 0xc2, 0]) {
    await stranger.toReceivers(datagram({ src: mac, message: MESSAGE.BEACON, magic, epoch: before.epoch + 1 }))
  }
  await sleep(300)
  const after = await receiver.transmitter(mac)
  assert.deepEqual(
    [after.epoch, after.store, after.sync, after.quality.reboots],
    [before.epoch, before.store, 'verified', 0],
  )
  assert.deepEqual(await heldOf(receiver, mac), held)
  const counted = (await receiver.refusedFrames()) - refused
  assert.ok(counted >= 120, `${counted} refused`)
  await assertUnharmed(receiver, transmitter, mac)
})

homeTest('A6 A8: replayed old frames turn nothing back: no content, no boot, no goodbye, no reading', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  const stranger = await Stranger.open(home)
  const state = await receiver.state()
  await transmitter.set('mqtt.port=1884')
  await state.section('mqtt', { port: 1884 })
  await sleep(500)
  await transmitter.set('mqtt.port=1885')
  await state.section('mqtt', { port: 1885 })
  const cells = await receiver.cells()
  await cells.wait('a reading', () => true)
  const replay = async () => {
    for (const { bytes } of stranger.heard.filter(({ src }) => src === mac)) await stranger.toReceivers(bytes)
  }
  await replay()
  await sleep(300)
  assert.equal((await receiver.section(mac, 'mqtt')).values.port, 1885)
  assert.equal((await receiver.transmitter(mac)).sync, 'verified')

  await transmitter.stop()
  await state.transmitter('offline', ({ link }) => link === 'Offline')
  assert.ok(stranger.heard.some(({ message }) => message === MESSAGE.GOODBYE))
  const again = await home.transmitter()
  const back = await receiver.verified(mac)
  const from = cells.mark
  await replay() // among it the goodbye, and many times three frames of an older boot
  await replay()
  await sleep(1500)
  const after = await receiver.transmitter(mac)
  assert.deepEqual(
    [after.epoch, after.link, after.sync, after.quality.reboots],
    [back.epoch, 'Connected', 'verified', 1],
  )
  assert.equal((await receiver.section(mac, 'mqtt')).values.port, 1885)
  const sequences = cells.messages.slice(from).map(({ epoch, sequence }) => epoch * 1e6 + sequence)
  assert.deepEqual(
    sequences,
    [...new Set(sequences)].sort((a, b) => a - b),
    'no reading twice, none backwards',
  )
  await assertUnharmed(receiver, again, mac)
})

homeTest(
  `a flood of ${FLOOD} arbitrary datagrams leaves both alive, their memory bounded, and their work done`,
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const stranger = await Stranger.open(home)
    await flood(receiver, 1000, () => stranger.toReceivers(randomBytes(60))) // until memory is as it will be
    const held = await heldOf(receiver, mac)
    const devices = [receiver, transmitter]
    const sizes = devices.map((device) => device.residentSize())
    await flood(receiver, FLOOD, (index) => {
      const size = index % 7 === 0 ? 300 + (index % 1000) : index % 251
      const bytes = randomBytes(size)
      if (index % 3 === 0 && size > 12) Buffer.from('ffffffffffff', 'hex').copy(bytes, 6)
      return index % 2 ? stranger.toReceivers(bytes) : stranger.toTransmitters(bytes)
    })
    for (const [index, device] of devices.entries()) {
      const grownKb = device.residentSize() - sizes[index]
      assert.ok(grownKb < GROWTH_KB_MAX, `${device.role} grew by ${grownKb} kB`)
      assert.ok((await device.refusedFrames()) > FLOOD / 10, `${device.role} counted ${await device.refusedFrames()}`)
    }
    assert.deepEqual(await heldOf(receiver, mac), held)
    await assertUnharmed(receiver, transmitter, mac)
  },
)

homeTest(
  'D1: a flood of made-up devices takes no more than the free places, and none from a known device',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const stranger = await Stranger.open(home)
    const size = receiver.residentSize()
    await flood(receiver, 3000, (index) => {
      const src = `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`
      const payload = Buffer.from([1, 0, 0, 0, 0]) // of boot 1
      return index % 2
        ? stranger.toReceivers(datagram({ src, message: MESSAGE.GOODBYE, payload }))
        : stranger.toTransmitters(
            datagram({ src, dst: mac, message: MESSAGE.HELLO, payload: Buffer.from([1, 2, 3, 4, 0]) }),
          )
    })
    const { transmitters } = await until('an answer', () => receiver.get('/api/v1/transmitters'))
    assert.ok(transmitters.length <= PEERS_MAX, `${transmitters.length} transmitters`)
    assert.ok(transmitters.some((one) => one.mac === mac))
    assert.ok(receiver.residentSize() - size < GROWTH_KB_MAX)
    await assertUnharmed(receiver, transmitter, mac)
  },
)
