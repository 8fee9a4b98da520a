// A store that cannot be written: this is reported, and nothing changes.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { homeTest } from './support/home.mjs'
import { EXIT } from './support/program.mjs'
import { sleep, until } from './support/wait.mjs'

const DISK_KB = 400

function mount(folder) {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_KB}k`, 'voltbeacon-test', folder])
}

/** Why a small disk cannot be made here, or false. */
function noSmallDisk() {
  const folder = mkdtempSync(join(tmpdir(), 'voltbeacon-'))
  const { status, error } = mount(folder)
  const failed = error !== undefined || status !== 0
  if (!failed) spawnSync('umount', [folder])
  rmSync(folder, { recursive: true })
  return failed && 'only root can mount a small disk'
}

const options = { skip: noSmallDisk() }

function smallDisk(home, name) {
  const folder = home.path(name)
  mkdirSync(folder)
  assert.equal(mount(folder).status, 0)
  return mounted(home, folder)
}

/** Content of some size, different for each number: sooner or later it needs a page that the disk does not have. */
const limits = (watt) => Array(48).fill(watt)

homeTest(
  'A6: on a full disk an edit is refused as "could not be stored" and nothing changes; with space it works again',
  async (home) => {
    const disk = smallDisk(home, 'transmitter')
    const { receiver, transmitter, mac } = await home.pair()
    disk.fill()
    let last = await receiver.section(mac, 'power_profile')
    const refused = await until(
      'an edit that finds no space',
      async () => {
        const edit = await receiver.edit(mac, 'power_profile', { charge_limit_w: limits(1 + (last.version % 50000)) })
        if (edit.state === 'refused') return edit
        assert.equal(edit.state, 'confirmed')
        last = await receiver.section(mac, 'power_profile')
        return false
      },
      20000,
    )
    assert.match(refused.message, /could not store it, nothing has changed; save again/)
    assert.deepEqual(refused.reasons, {})
    assert.equal((await receiver.verified(mac)).link, 'Connected')
    assert.equal((await receiver.section(mac, 'power_profile')).etag, last.etag)
    assert.ok((await transmitter.status()).store_failures > 0)
    const set = await transmitter.command('set', `power_profile.charge_limit_w=${limits(7)}`)
    assert.equal(set.code, 1)
    assert.match(set.stderr, /could not be stored; nothing was changed. Is the disk full\?/)
    await transmitter.says(/storing a change failed/)

    disk.free()
    assert.equal((await receiver.edit(mac, 'power_profile', { charge_limit_w: limits(8) })).state, 'confirmed')
    await transmitter.kill()
    const again = await home.transmitter()
    assert.equal((await again.get('power_profile.charge_limit_w'))['power_profile.charge_limit_w'], String(limits(8)))
  },
  options,
)

homeTest(
  'A4 A12: a receiver whose disk is full continues from memory, counts the failures, and catches up once there is space',
  async (home) => {
    const disk = smallDisk(home, 'receiver')
    const { receiver, transmitter, mac } = await home.pair()
    await receiver.saved()
    disk.fill()
    let watt = 0
    await until(
      'a write that finds no space',
      async () => {
        await transmitter.set(`power_profile.charge_limit_w=${limits(++watt)}`)
        await sleep(300)
        return (await receiver.get('/api/v1/receiver')).store.failed > 0
      },
      60000,
    )
    await receiver.verified(mac)
    assert.deepEqual((await receiver.section(mac, 'power_profile')).values.charge_limit_w, limits(watt))
    await receiver.says(/error: .*store/)

    disk.free()
    await transmitter.set(`power_profile.charge_limit_w=${limits(5555)}`)
    const { store } = await receiver.get('/api/v1/receiver')
    await until('written', async () => (await receiver.get('/api/v1/receiver')).store.writes > store.writes, 10000)
    await receiver.saved()
    await transmitter.stop()
    await receiver.kill()
    const again = await home.receiver()
    assert.deepEqual((await again.section(mac, 'power_profile')).values.charge_limit_w, limits(5555))
  },
  options,
)

homeTest(
  'E7: on a full disk the history pauses and says so while live data continues; with space it resumes by itself',
  async (home) => {
    const disk = smallDisk(home, 'receiver')
    const { receiver, mac } = await home.pair()
    const state = await receiver.state()
    await receiver.set({ history: { write_interval_s: 1 } })
    const { history: own } = await until(
      'a point',
      async () => {
        const receiverNow = await receiver.get('/api/v1/receiver')
        return receiverNow.history.written > 0 && receiverNow
      },
      30000,
    )
    assert.deepEqual([own.state, own.reason], ['recording', null])
    disk.fill()
    const paused = await state.wait(
      'the history is paused',
      ({ type, receiver: now }) => type === 'receiver' && now.history.state === 'paused',
      { timeoutMs: 60000 },
    )
    assert.match(paused.receiver.history.reason, /cannot write .*history\.db: .*; it resumes by itself once it can/)
    const { sequence } = await receiver.get(`/api/v1/transmitters/${mac}/cells`)
    await until(
      'a newer reading',
      async () => (await receiver.get(`/api/v1/transmitters/${mac}/cells`)).sequence > sequence,
    )
    const { points } = await receiver.get(`/api/v1/transmitters/${mac}/history?resolution=10`)
    assert.ok(points.length > 0, 'what is there can be read')

    const states = async (kind) => (await receiver.get(`/api/v1/events?type=state&kind=${kind}`)).events
    const [pause, ...more] = await states('history_paused')
    assert.deepEqual(more, [])
    assert.equal(pause.level, 'warning')
    assert.match(pause.text, /history/i)
    assert.deepEqual(await states('history_resumed'), [])

    disk.free()
    await until(
      'the history goes on',
      async () => (await receiver.get('/api/v1/receiver')).history.state === 'recording',
      20000,
    )
    const [resumed] = await until('the event that says so', async () => {
      const events = await states('history_resumed')
      return events.length > 0 && events
    })
    assert.ok(Date.parse(resumed.begin) > Date.parse(pause.begin))
    await until(
      'what was gathered meanwhile is there',
      async () =>
        (await receiver.get(`/api/v1/transmitters/${mac}/history?resolution=10`)).points.length > points.length,
    )
  },
  options,
)

/** The states in which a daemon may find its disk at the start: full, full with small blocks (so that a page of
 *  a mapped file needs several), and not writable. */
const DISKS = {
  'a full tmpfs': { make: smallDisk, spoil: (disk) => disk.fill(), mend: (disk) => disk.free() },
  'a full ext4 of blocks of 1 kB': { make: smallBlocks, spoil: (disk) => disk.fill(), mend: (disk) => disk.free() },
  'a disk that is not writable': {
    make: smallDisk,
    spoil: (disk) => disk.remount('ro'),
    mend: (disk) => disk.remount('rw'),
  },
}

function mounted(home, folder) {
  home.onClose(() => assert.equal(spawnSync('umount', [folder]).status, 0))
  const filler = join(folder, 'filler')
  return {
    fill() {
      for (let size = statfsSync(folder).bavail * statfsSync(folder).bsize; size >= 1; size = Math.floor(size / 2)) {
        try {
          appendFileSync(filler, Buffer.alloc(size, 1))
        } catch (error) {
          assert.equal(error.code, 'ENOSPC')
        }
      }
    },
    free: () => rmSync(filler),
    remount: (mode) => assert.equal(spawnSync('mount', ['-o', `remount,${mode}`, folder]).status, 0),
  }
}

function smallBlocks(home, name) {
  const folder = home.path(name)
  const image = home.path(`${name}.ext4`)
  mkdirSync(folder)
  writeFileSync(image, Buffer.alloc(6 << 20))
  const made = spawnSync('mkfs.ext4', ['-q', '-b', '1024', '-O', '^has_journal', '-m', '0', image])
  if (made.status !== 0 || spawnSync('mount', ['-o', 'loop', image, folder]).status !== 0) return null
  return mounted(home, folder)
}

for (const [what, { make, spoil, mend }] of Object.entries(DISKS)) {
  homeTest(
    `A4 A6: on ${what} both daemons start with what is stored, say that nothing more is, and store again once they can`,
    async (home, t) => {
      const disks = { receiver: make(home, 'receiver'), transmitter: make(home, 'transmitter') }
      if (disks.receiver === null || disks.transmitter === null) return t.skip('no loop device can be mounted')
      const first = await home.pair()
      await first.transmitter.set('mqtt.port=1885')
      await until('the new port', async () => (await first.receiver.section(first.mac, 'mqtt')).values.port === 1885)
      await first.receiver.saved()
      await first.transmitter.stop()
      await first.receiver.stop()
      Object.values(disks).forEach(spoil)

      const receiver = await home.receiver()
      assert.equal((await receiver.section(first.mac, 'mqtt')).values.port, 1885)
      await receiver.says(/the store cannot be written: settings are not kept/)
      await until('"not stored"', async () => !(await receiver.get('/api/v1/receiver')).store.persistent)
      const transmitter = await home.transmitter()
      assert.equal(transmitter.mac, first.mac)
      await transmitter.says(/storing a change failed|settings are not stored/)
      await home.meets(receiver, transmitter) // a bad disk must not silence a battery
      const set = await transmitter.command('set', 'mqtt.port=1887')
      // Whether its socket could be made depends on the disk; the exit code tells which of the two it is.
      const reached = !/no voltbeacon runs with this data folder/.test(set.stderr)
      assert.equal(set.code, reached ? 1 : EXIT.UNAVAILABLE)
      assert.match(set.stderr, /could not be stored; nothing was changed|no voltbeacon runs with this data folder/)

      Object.values(disks).forEach(mend)
      await home.meets(receiver, transmitter)
      await until(
        'stored again',
        async () => (await transmitter.command('get', 'mqtt.port')).stdout === 'mqtt.port=1885\n',
        10000,
      )
      const stored = async () => (await receiver.get('/api/v1/receiver')).store.persistent
      await until('the receiver stores, though nothing changes', stored)
      await transmitter.set('mqtt.port=1886')
      await until('the newer port', async () => (await receiver.section(first.mac, 'mqtt')).values.port === 1886)
      await until('written', async () => (await receiver.get('/api/v1/receiver')).store.persistent, 10000)
      await transmitter.kill()
      const again = await home.transmitter()
      assert.equal((await again.get('mqtt.port'))['mqtt.port'], '1886')
    },
    options,
  )
}

for (const [what, { make, spoil, mend }] of Object.entries(DISKS)) {
  homeTest(
    `A4 A6: a new pair on ${what} meets, is monitored, refuses edits that it cannot store, and stores once it can`,
    async (home, t) => {
      const disks = { receiver: make(home, 'receiver'), transmitter: make(home, 'transmitter') }
      if (disks.receiver === null || disks.transmitter === null) return t.skip('no loop device can be mounted')
      Object.values(disks).forEach(spoil)
      const receiver = await home.receiver()
      const transmitter = await home.transmitter()
      await transmitter.says(/settings are not stored|storing a change failed/)
      await home.meets(receiver, transmitter)
      const { mac } = transmitter
      await until(
        'its cells',
        async () => (await receiver.request('GET', `/api/v1/transmitters/${mac}/cells`)).status === 200,
      )
      const edit = await receiver.edit(mac, 'mqtt', { port: 1888 })
      assert.equal(edit.state, 'refused', JSON.stringify(edit))
      assert.equal((await receiver.section(mac, 'mqtt')).values.port, 1883)

      Object.values(disks).forEach(mend)
      await until('an edit that is stored', async () => {
        const { state } = await receiver.edit(mac, 'mqtt', { port: 1889 })
        return state === 'confirmed'
      })
      await until('written', async () => (await receiver.get('/api/v1/receiver')).store.persistent, 10000)
      await home.meets(receiver, transmitter)
      await transmitter.kill()
      const again = await home.transmitter()
      assert.equal((await again.get('mqtt.port'))['mqtt.port'], '1889')
      await home.meets(receiver, again)
    },
    options,
  )
}
