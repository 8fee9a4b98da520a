// Several of each on one machine.
import assert from 'node:assert/strict'
import { homeTest } from './support/home.mjs'
import { freeLinkPort } from './support/ports.mjs'
import { sleep, until } from './support/wait.mjs'

homeTest(
  'D1: three transmitters and two receivers: each receiver holds every transmitter and tells them apart',
  async (home) => {
    const receivers = [await home.receiver({ name: 'hall' }), await home.receiver({ name: 'kitchen' })]
    const transmitters = []
    for (const name of ['cellar', 'garage', 'shed']) {
      const source = `sim:cells=${12 * (transmitters.length + 1)}`
      transmitters.push(await home.transmitter({ name, args: ['--name', name], source }))
    }
    const macs = transmitters.map(({ mac }) => mac)
    assert.equal(new Set(macs).size, 3)
    for (const receiver of receivers) {
      for (const transmitter of transmitters) await home.meets(receiver, transmitter)
      const { transmitters: listed } = await receiver.get('/api/v1/transmitters')
      assert.deepEqual(Object.fromEntries(listed.map(({ mac, name }) => [mac, name])), {
        [macs[0]]: 'cellar',
        [macs[1]]: 'garage',
        [macs[2]]: 'shed',
      })
    }

    // A change of one is a change of this one alone, and both receivers see it.
    const states = await Promise.all(receivers.map((receiver) => receiver.state()))
    const [hall, kitchen] = receivers
    assert.equal((await hall.edit(macs[1], 'battery', { cell_count: 24 })).state, 'confirmed')
    for (const state of states) {
      await state.wait(
        'the change of garage',
        ({ mac, section }) => mac === macs[1] && section?.name === 'battery' && section.values.cell_count === 24,
      )
    }
    for (const mac of [macs[0], macs[2]]) assert.equal((await kitchen.section(mac, 'battery')).values.cell_count, 96)

    // Cells: all of them, or one's alone.
    const all = await hall.cells()
    const one = await hall.cells(macs[2])
    const heard = (socket) => new Set(socket.messages.map(({ mac }) => mac)).size
    await until('readings of all three', () => heard(all) === 3 && one.messages.length > 3)
    const cellCounts = new Map(all.messages.map(({ mac, cells }) => [mac, cells.length]))
    assert.deepEqual(
      [...cellCounts].sort(),
      [
        [macs[0], 12],
        [macs[1], 24],
        [macs[2], 36],
      ].sort(),
    )
    assert.deepEqual([...new Set(one.messages.map(({ mac }) => mac))], [macs[2]])

    // One that goes takes nobody along.
    await transmitters[0].stop()
    await states[1].transmitter('cellar is offline', ({ mac, link }) => mac === macs[0] && link === 'Offline')
    assert.equal((await kitchen.transmitter(macs[1])).link, 'Connected')
    assert.equal((await kitchen.edit(macs[2], 'mqtt', { port: 1884 })).state, 'confirmed')
    const { status } = await kitchen.patchSection(
      macs[0],
      'mqtt',
      { port: 1 },
      { etag: (await kitchen.section(macs[0], 'mqtt')).etag },
    )
    assert.equal(status, 503)
  },
)

homeTest('D1 F5: the older paths speak of the first transmitter, or of the one named', async (home) => {
  const receiver = await home.receiver()
  const first = await home.transmitter({ name: 'cellar', args: ['--name', 'cellar'] })
  await home.meets(receiver, first)
  const second = await home.transmitter({ name: 'garage', args: ['--name', 'garage'] })
  await home.meets(receiver, second)
  assert.equal((await receiver.get('/api/get_transmitter_info')).device_name, 'cellar')
  assert.equal((await receiver.get(`/api/get_transmitter_info?mac=${second.mac}`)).device_name, 'garage')
  assert.equal((await receiver.get('/api/get_transmitter_info?mac=02:00:00:00:00:99')).success, false)
})

homeTest('D1: a receiver that follows no new transmitters sticks to those it knows', async (home) => {
  const { receiver, mac } = await home.pair()
  await receiver.set({ receiver: { adopt_new: false } })
  await home.transmitter({ name: 'stranger' })
  await sleep(1000)
  assert.deepEqual(
    (await receiver.get('/api/v1/transmitters')).transmitters.map((one) => one.mac),
    [mac],
  )
  assert.equal((await receiver.transmitter(mac)).link, 'Connected')
  assert.ok((await receiver.refusedFrames()) > 0)
})

homeTest('D1: two links on one machine do not hear each other', async (home) => {
  const { receiver, transmitter } = await home.pair()
  home.linkPort = await freeLinkPort()
  const other = await home.pair({ transmitter: { name: 'other transmitter' }, receiver: { name: 'other receiver' } })
  assert.deepEqual(
    (await receiver.get('/api/v1/transmitters')).transmitters.map(({ mac }) => mac),
    [transmitter.mac],
  )
  assert.deepEqual(
    (await other.receiver.get('/api/v1/transmitters')).transmitters.map(({ mac }) => mac),
    [other.mac],
  )
})

homeTest('D1: --mac gives a device its address', async (home) => {
  const { receiver, mac } = await home.pair({ transmitter: { args: ['--mac', '02:aa:bb:cc:dd:01'] } })
  assert.equal(mac, '02:aa:bb:cc:dd:01')
  assert.equal((await receiver.section(mac, 'metadata')).values.mac, mac)
})
