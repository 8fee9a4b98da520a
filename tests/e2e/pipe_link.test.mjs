// A second link: both daemons over a pair of local sockets, and nothing above knows it.
import assert from 'node:assert/strict'
import { homeTest } from './support/home.mjs'
import { assertRefused, EXIT } from './support/program.mjs'

homeTest('over pipe:PATH the two meet, readings come, edits are confirmed, both may restart', async (home) => {
  home.linkText = `pipe:${home.path('link')}`
  const { receiver, transmitter, mac } = await home.pair()
  const cells = await receiver.cells(mac)
  await cells.wait('a reading', ({ cells: all }) => all?.length === 96)
  assert.equal((await receiver.edit(mac, 'mqtt', { port: 8883 })).state, 'confirmed')
  assert.equal((await transmitter.get('mqtt.port'))['mqtt.port'], '8883')
  assert.match((await transmitter.status()).link, /^pipe, .*this machine only/)

  await transmitter.kill()
  const again = await home.transmitter()
  assert.equal(again.mac, mac)
  await home.meets(receiver, again)
  assert.equal((await receiver.edit(mac, 'mqtt', { port: 8884 })).state, 'confirmed')

  await receiver.kill()
  const back = await home.receiver()
  await home.meets(back, again)
  assert.equal((await back.edit(mac, 'mqtt', { port: 8885 })).state, 'confirmed')
  assert.equal((await again.get('mqtt.port'))['mqtt.port'], '8885')
})

homeTest('a pipe that cannot be is refused with the reason', async (home) => {
  for (const [link, pattern, exit] of [
    ['pipe', /name a descriptor or a path/],
    ['pipe:77777', /no socket of datagrams/],
    [`pipe:${home.path('none')}/link`, /No such file/, EXIT.CANT_CREATE],
    ['radio', /is not a link; use udp.* or pipe:FD or pipe:PATH/],
  ])
    await assertRefused(['transmitter', '--data', home.path('t'), '--link', link], pattern, { exit })
})
