// Both daemons over ESP-NOW: their radios are TAP devices with the link type of a Wi-Fi interface in monitor mode, and
// the air between them loses every tenth frame.
import assert from 'node:assert/strict'
import { Air, noRadios } from './support/air.mjs'
import { homeTest } from './support/home.mjs'
import { assertRefused, Child, EXIT, VOLTBEACON, voltbeacon } from './support/program.mjs'
import { until } from './support/wait.mjs'

const OPEN = '--insecure-open-link'
const skip = noRadios()

async function airOf(home) {
  const air = await Air.open()
  home.onClose(() => air.close())
  return air
}

async function transmitter(home, air, options) {
  home.linkText = `espnow:${air.radio('transmitter')}`
  return home.transmitter({ args: [OPEN], ...options })
}

async function receiver(home, air, options) {
  home.linkText = `espnow:${air.radio('receiver')},rate=6`
  return home.receiver({ args: [OPEN], ...options })
}

homeTest(
  'over ESP-NOW with every tenth frame lost the two meet, readings come, edits are confirmed',
  async (home) => {
    const air = await airOf(home)
    const shows = await receiver(home, air)
    const has = await transmitter(home, air)
    await home.meets(shows, has)
    const cells = await shows.cells(has.mac)
    await cells.wait('a reading', ({ cells: all }) => all?.length === 96)
    assert.equal((await shows.edit(has.mac, 'mqtt', { port: 8883 })).state, 'confirmed')
    assert.equal((await has.get('mqtt.port'))['mqtt.port'], '8883')
    const status = await shows.status()
    assert.match(
      status.link,
      new RegExp(`^espnow, ${air.radio('receiver')} at 6 Mb/s \\(on the air, by ${air.radio('receiver')}\\)`),
    )
    assert.equal(status.link_channel, 6)
    assert.equal(status.link_rssi_dbm, '-50')
  },
  { skip },
)

homeTest(
  'an unplugged radio is reported, and once it is back the two carry on',
  async (home) => {
    const air = await airOf(home)
    const shows = await receiver(home, air)
    const has = await transmitter(home, air)
    await home.meets(shows, has)
    await air.unplug()
    await shows.says(/listens nowhere: there is no interface/)
    await has.says(/listens nowhere: there is no interface/)
    await air.start()
    await shows.says(/nowhere[^]*listens on the air/)
    await until(
      'an edit to be confirmed again',
      async () => (await shows.edit(has.mac, 'mqtt', { port: 8884 })).state === 'confirmed',
      60000,
    )
    assert.equal((await has.get('mqtt.port'))['mqtt.port'], '8884')
  },
  { skip },
)

homeTest(
  'sniff records what goes over the air, and reads it back',
  async (home) => {
    const air = await airOf(home)
    const file = home.path('air.pcap')
    const sniff = new Child('sniff', VOLTBEACON, [
      'sniff',
      '-i',
      `espnow:${air.radio('receiver')}`,
      '-w',
      file,
      '-c',
      '60',
    ])
    home.watch(sniff)
    await sniff.says(/listening on/)
    const shows = await receiver(home, air)
    const has = await transmitter(home, air)
    await home.meets(shows, has)
    assert.deepEqual(await sniff.ended, { code: 0, signal: null })
    const { code, stdout, stderr } = await voltbeacon(['sniff', '-t', '-r', file])
    assert.equal(code, 0)
    assert.match(stderr, /^60 packets, 60 frames: 60 of Voltbeacon, 0 of Battery-Emulator, 0 of others, 0 damaged/)
    const [heard] = stdout.match(/^.*voltbeacon reading .*$/m)
    assert.match(
      heard,
      new RegExp(`^${has.mac} > ff:ff:ff:ff:ff:ff, channel 6, -50 dBm, .* 96 cells 3\\d+ to 3\\d+ mV`),
    )
    assert.match(stdout, /voltbeacon hello ack to /)
    const one = await voltbeacon(['sniff', '-t', '-r', file, 'src', has.mac])
    assert.match(one.stdout, /voltbeacon beacon /)
    assert.doesNotMatch(one.stdout, /voltbeacon (hello [0-9a-f]{8}|section request)/)
  },
  { skip },
)

homeTest(
  'a bridge lets a radio in the garage serve a receiver on the network',
  async (home) => {
    const air = await airOf(home)
    const network = home.link[1]
    const bridge = home.watch(
      new Child('bridge', VOLTBEACON, ['bridge', `espnow:${air.radio('receiver')}`, network, OPEN]),
    )
    await bridge.says(/udp\S*: listens /)
    const shows = await home.receiver({ args: [OPEN] })
    const has = await transmitter(home, air)
    await home.meets(shows, has)
    const cells = await shows.cells(has.mac)
    await cells.wait('a reading', ({ cells: all }) => all?.length === 96)
    assert.equal((await shows.edit(has.mac, 'mqtt', { port: 8885 })).state, 'confirmed')
    assert.equal((await has.get('mqtt.port'))['mqtt.port'], '8885')
    assert.deepEqual(await bridge.stop(), { code: 0, signal: null })
    assert.match(bridge.stderr, /from espnow:\S+: \d{2,} carried/)
    assert.match(bridge.stderr, /from udp\S*: \d+ carried/)
    assert.doesNotMatch(bridge.stderr, /refused by the other link/)
  },
  { skip },
)

homeTest('what a bridge cannot join is refused', async () => {
  await assertRefused(['bridge', 'udp'], /expected two links/)
  await assertRefused(['bridge', 'udp:port=5700', 'pipe:x'], /"pipe:x" cannot be joined/)
  await assertRefused(['bridge', 'udp', 'udp:port=5601'], /are the same link, or share a port/)
  await assertRefused(['bridge', 'espnow:a', 'espnow:a,rate=6', OPEN], /are the same link/)
  await assertRefused(['bridge', 'espnow:vbnone0', 'udp'], /use --insecure-open-link/)
  await assertRefused(['bridge', 'espnow:vbnone0', 'udp', OPEN], /there is no interface vbnone0/, {
    exit: EXIT.UNAVAILABLE,
  })
})

homeTest('sniff refuses what it cannot do', async (home) => {
  const file = home.path('none.pcap')
  await assertRefused(['sniff'], /expected either -i LINK or -r FILE/)
  await assertRefused(['sniff', '-r', file], /none.pcap cannot be read/, { exit: EXIT.NO_INPUT })
  await assertRefused(['sniff', '-r', VOLTBEACON], /is not a pcap or pcapng capture/, { exit: EXIT.DATA })
  await assertRefused(['sniff', '-i', 'espnow:vbnone0'], /there is no interface vbnone0/, { exit: EXIT.UNAVAILABLE })
  await assertRefused(['sniff', '-r', file, 'port', '5600'], /unknown filter port; expected "src MAC"/)
  await assertRefused(['sniff', '-r', file, '-c', '0'], /-c 0: expected a number of frames/)
})

homeTest('a radio that cannot be used is refused with the command that fixes it', async (home) => {
  const refuses = (link, pattern, exit, ...open) =>
    assertRefused(['transmitter', '--data', home.path('t'), '--link', link, ...open], pattern, { exit })
  await refuses('espnow:vbnone0', /use --insecure-open-link/, EXIT.USAGE)
  await refuses('espnow:vbnone0', /there is no interface vbnone0: plug it in/, EXIT.UNAVAILABLE, OPEN)
  await refuses('espnow:lo', /lo is not in monitor mode: "ip link set lo down; iw dev lo set/, EXIT.UNAVAILABLE, OPEN)
  await refuses('espnow:lo,rate=7', /rate is "7"/, EXIT.USAGE, OPEN)
})
