// A second link: both daemons over a pair of local sockets, and nothing above it notices.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { homeTest } from './support/home.mjs'
import { assertRefused, Child, EXIT, VOLTBEACON } from './support/program.mjs'

const PIPE_ENDS = fileURLToPath(new URL('support/pipe_ends.py', import.meta.url))
const FD = 7

homeTest('over pipe:PATH the two meet, readings arrive, edits are confirmed, and both may restart', async (home) => {
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

/** The program, as one that is started with an end of the pair as descriptor FD. */
function programsWithEnds(home, pair) {
  const programs = ['receiver', 'transmitter'].map((name, end) => {
    const program = home.path(`${name}.sh`)
    const take = `exec python3 '${PIPE_ENDS}' take '${pair}' ${end} ${FD} '${VOLTBEACON}' "$@"`
    writeFileSync(program, `#!/bin/sh\n${take}\n`, { mode: 0o755 })
    return { program }
  })
  return { receiver: programs[0], transmitter: programs[1] }
}

for (const type of ['DGRAM', 'SEQPACKET'])
  homeTest(`over pipe:FD, a pair of SOCK_${type}, the two meet, and an edit gets through each way`, async (home) => {
    const pair = home.path('pair')
    const holder = new Child('the pair', 'python3', [PIPE_ENDS, 'hold', pair, type])
    home.onClose(() => holder.kill())
    await holder.says(/holding/, { stream: 'stdout' })
    home.linkText = `pipe:${FD}`
    const ends = programsWithEnds(home, pair)
    const { receiver, transmitter, mac } = await home.pair(ends)
    const { link, sync } = await receiver.transmitter(mac)
    assert.deepEqual([link, sync], ['Connected', 'verified'])
    assert.match((await transmitter.status()).link, /^pipe, .*this machine only/)
    const cells = await receiver.cells(mac)
    await cells.wait('a reading', ({ cells: all }) => all?.length === 96)
    assert.equal((await receiver.edit(mac, 'mqtt', { port: 8883 })).state, 'confirmed')
    assert.equal((await transmitter.get('mqtt.port'))['mqtt.port'], '8883')
    const state = await receiver.state()
    await transmitter.set('mqtt.port=8884')
    await state.section('mqtt', { port: 8884 })

    await transmitter.kill()
    const again = await home.transmitter(ends.transmitter)
    assert.equal(again.mac, mac)
    await home.meets(receiver, again)
    assert.equal((await receiver.edit(mac, 'mqtt', { port: 8885 })).state, 'confirmed')
  })

homeTest('an unusable pipe is refused with the reason', async (home) => {
  for (const [link, pattern, exit] of [
    ['pipe', /name a descriptor or a path/],
    ['pipe:77777', /not a datagram or packet socket/],
    [`pipe:${home.path('none')}/link`, /No such file/, EXIT.CANT_CREATE],
    ['radio', /is not a link; use udp.* or pipe:FD or pipe:PATH/],
  ])
    await assertRefused(['transmitter', '--data', home.path('t'), '--link', link], pattern, { exit })
})
