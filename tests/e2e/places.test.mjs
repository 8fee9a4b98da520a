// Places at a receiver, and a device's identity: forget, restore, rename; a folder that moves, a database that is wiped.
import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { homeTest } from './support/home.mjs'
import { accessFaults, DESKTOP, pageTest, PHONE } from './support/pages.mjs'
import { until } from './support/wait.mjs'

const post = (receiver, mac, what, body) =>
  receiver.call('POST', `/api/v1/transmitters/${mac}/${what}`, {
    body: body ?? {},
    headers: { 'Content-Type': 'application/json' },
  })
const placesOf = async (receiver) => (await receiver.get('/api/v1/receiver')).places
const openEvents = async (receiver, mac) =>
  (await receiver.get(`/api/v1/events?mac=${encodeURIComponent(mac)}&open=true`)).events

homeTest(
  '9.2: a forgotten transmitter stays away across a restart, is listed as still heard, and comes back when allowed',
  async (home) => {
    const { receiver, mac } = await home.pair({ transmitter: { args: ['--name', 'Cellar pack'] } })
    assert.deepEqual((await placesOf(receiver)).followed, [mac])
    const { status } = await post(receiver, mac, 'forget')
    assert.equal(status, 200)
    const away = async (at) => {
      const { followed, outside } = await placesOf(at)
      return followed.length === 0 && outside.length === 1 && outside[0].heard && outside[0]
    }
    const listed = await until('it is still heard', () => away(receiver))
    assert.deepEqual(
      [listed.mac, listed.name, listed.why, listed.reason],
      [mac, 'Cellar pack', 'forgotten', 'is forgotten, but still heard'],
    )
    assert.deepEqual(await openEvents(receiver, mac), [])
    const { events } = await receiver.get('/api/v1/events?kind=transmitter_forgotten')
    assert.deepEqual(
      events.map((event) => event.mac),
      [mac],
    )
    await receiver.stop()

    const again = await home.receiver()
    await until('it is still heard', () => away(again))
    assert.equal((await again.call('GET', `/api/v1/transmitters/${mac}`)).status, 404)
    assert.equal((await post(again, mac, 'unforget')).status, 200)
    await again.verified(mac)
    assert.equal((await again.transmitter(mac)).name, 'Cellar pack')
    assert.deepEqual((await placesOf(again)).outside, [])
  },
)

homeTest('9.2: the command line forgets, restores and renames', async (home) => {
  const { receiver, mac } = await home.pair()
  assert.match(await (await receiver.command('forget', mac)).stdout, /^done/)
  assert.match((await receiver.command('status')).stdout, new RegExp(`outside_${mac}=forgotten`))
  assert.match((await receiver.command('unforget', mac)).stdout, /^done/)
  await receiver.verified(mac)
  assert.match((await receiver.command('rename', mac, 'Garage')).stdout, /^sent/)
  await until('it has its name', async () => (await receiver.transmitter(mac)).name === 'Garage')
  assert.match((await receiver.command('forget', '02:00:00:00:00:77')).stderr, /unknown transmitter/)
  assert.match((await receiver.command('forget', 'me')).stderr, /by its address/)
})

homeTest('9.2: a device remains the same after its folder was moved and its database wiped', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  const file = `${home.path('transmitter')}/device-id`
  assert.equal(readFileSync(file, 'utf8'), `${mac}\n`)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await transmitter.stop()
  renameSync(home.path('transmitter'), home.path('moved'))
  const moved = await home.transmitter({ name: 'moved' })
  assert.equal(moved.mac, mac)
  await moved.stop()
  for (const end of ['', '-wal', '-shm']) rmSync(`${home.path('moved')}/voltbeacon.db${end}`, { force: true })
  const wiped = await home.transmitter({ name: 'moved' })
  assert.equal(wiped.mac, mac)
  await receiver.verified(mac)
  assert.deepEqual((await placesOf(receiver)).followed, [mac])
})

pageTest('9.2: the page forgets after a second click, and restores', async (home, browser) => {
  const { receiver, mac } = await home.pair({ transmitter: { args: ['--name', 'Cellar pack'] } })
  for (const viewport of [PHONE, DESKTOP]) {
    const view = await browser.open(receiver, '/', { viewport })
    await view.shows('places', /1 of 16 places are taken/)
    const card = view.at('places')
    await card.getByRole('button', { name: /^Forget Cellar pack/ }).click()
    await card.getByRole('button', { name: 'Forget Cellar pack', exact: true }).click()
    await view.shows('outside', /Cellar pack is forgotten/)
    const wide = await view.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wide <= 0, `${wide} px too wide`)
    await card.getByRole('button', { name: 'Follow Cellar pack' }).click()
    await view.shows('places', /1 of 16 places are taken/)
    await receiver.verified(mac)
  }
})

/** Counts the sockets that a view opens: whatever it shows without opening another was pushed to it. */
function countSockets(view) {
  const sockets = { opened: 0 }
  view.page.on('websocket', () => sockets.opened++)
  return sockets
}

pageTest(
  '9.2: a forgotten transmitter leaves every open page at once, and a renamed one is renamed there',
  async (home, browser) => {
    const { receiver, mac } = await home.pair({ transmitter: { args: ['--name', 'Cellar pack'] } })
    const other = await home.transmitter({ name: 'shed', args: ['--name', 'Shed pack'] })
    await receiver.verified(other.mac)
    let sockets
    const watching = await browser.open(receiver, '/', { prepare: (view) => (sockets = countSockets(view)) })
    const phone = await browser.open(receiver, '/', { viewport: PHONE, forAxe: true })
    await watching.shows(`transmitter-${mac}`, /Cellar pack/)
    await watching.shows(`transmitter-${other.mac}`, /Shed pack/)
    const before = sockets.opened

    const row = phone.at(`place-${mac}`)
    await row.getByRole('button', { name: /^Rename Cellar pack/ }).click()
    const input = row.getByRole('textbox', { name: 'New name of Cellar pack' })
    assert.equal(await input.inputValue(), 'Cellar pack')
    assert.equal(await row.getByRole('button', { name: 'Save' }).isDisabled(), true, 'nothing is changed yet')
    await input.fill('ä'.repeat(20)) // 40 bytes
    await row.getByRole('button', { name: 'Save' }).click()
    await phone.shows(`place-${mac}`, /▲ .*(long|bytes|at most)/)
    assert.deepEqual(await accessFaults(phone), [])
    await input.fill('Garage')
    const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wide <= 0, `${wide} px too wide`)
    await input.press('Enter')
    await phone.shows(`place-${mac}`, /^Garage Rename Garage \.\.\. Forget Garage \.\.\.$/)
    await watching.shows(`transmitter-${mac}`, /Garage/)
    assert.equal((await receiver.section(mac, 'metadata')).values.device_name, 'Garage')

    await row.getByRole('button', { name: /^Forget Garage/ }).click()
    await row.getByRole('button', { name: 'Forget Garage', exact: true }).click()
    for (const view of [watching, phone]) {
      await view.gone(`transmitter-${mac}`)
      await view.gone(`place-${mac}`)
      await view.shows('outside', /^Garage is forgotten/)
      await view.shows(`transmitter-${other.mac}`, /Shed pack/)
    }
    assert.equal(sockets.opened, before, 'no page was connected anew')

    await phone.shows(`alarms-${other.mac}`, 'none open')
    await other.kill()
    await phone.shows(
      `transmitter-${other.mac}`,
      /Alarms ▲ ?1 open worst: warning;( balance not judged yet: \d of 8 calm sweeps;)? as last known/,
      60_000,
    )
    await phone.shows(`place-${other.mac}`, /^Shed pack It can be renamed once it answers\./, 45_000)
    assert.equal(
      await phone
        .at(`place-${other.mac}`)
        .getByRole('button', { name: /^Rename/ })
        .isDisabled(),
      true,
    )
  },
)

pageTest(
  '9.2: with all places taken, the 17th is named in log, API, command line and page, and gets the next free one',
  async (home, browser) => {
    const PLACES = 16
    const start = (i) =>
      home.transmitter({ name: `pack-${i}`, args: ['--name', `Pack ${i}`], source: 'sim:cells=4,hz=1' })
    const receiver = await home.receiver()
    const first = await Promise.all(Array.from({ length: PLACES }, (_, i) => start(i + 1)))
    await until('all places to be taken', async () => (await placesOf(receiver)).followed.length === PLACES, 30_000)
    assert.deepEqual((await placesOf(receiver)).outside, [])
    const view = await browser.open(receiver, '/', { viewport: PHONE })
    await view.shows('places', /16 of 16 places are taken\. Forget one that is gone to make room for another/)

    const { mac } = await start(PLACES + 1)
    await receiver.says(
      new RegExp(
        `${mac}: this transmitter is heard but not followed: all 16 places are taken\\. Forget one that is gone, on the ` +
          'page \\(Overview, Transmitters followed\\) or with "voltbeacon receiver forget" and its address',
      ),
    )
    const [outside] = (await placesOf(receiver)).outside
    assert.deepEqual(
      [outside.mac, outside.why, outside.heard, outside.reason],
      [mac, 'unplaced', true, 'is heard, but all places are taken; forget one that is gone'],
    )
    const { events } = await receiver.get('/api/v1/events?kind=transmitter_unplaced')
    assert.deepEqual(
      events.map((event) => [event.mac, event.text]),
      [[mac, 'Heard but not followed: all 16 places are taken. Forget one that is gone.']],
    )
    assert.match(
      (await receiver.command('status')).stdout,
      new RegExp(`places=16\\n[^]*outside_${mac}=unplaced, heard`),
    )
    assert.equal((await receiver.call('GET', `/api/v1/transmitters/${mac}`)).status, 404)

    await view.shows('outside', /is heard, but all places are taken; forget one that is gone\./)
    await view
      .at('outside')
      .getByRole('button', { name: /^Follow/ })
      .click()
    await view.shows('places', /▲ All places are taken; forget a transmitter that is gone first\./)
    const gone = first[0]
    await gone.stop()
    const row = view.at(`place-${gone.mac}`)
    await row.getByRole('button', { name: /^Forget Pack 1/ }).click()
    await row.getByRole('button', { name: 'Forget Pack 1', exact: true }).click()
    await view.shows(`transmitter-${mac}`, /Pack 17/, 30_000)
    await receiver.verified(mac, 30_000)
    assert.equal((await placesOf(receiver)).followed.length, PLACES)
    await view.shows('outside', /^Pack 1 is forgotten\./)
  },
  { radios: 18 }, // the receiver, and as many as there are places, and one
)

homeTest(
  '9.2: if new transmitters are not followed, the log says so, and the command it names follows one',
  async (home) => {
    const receiver = await home.receiver()
    await receiver.set({ receiver: { adopt_new: false } })
    const { mac } = await home.transmitter()
    const told = await receiver.says(
      /not followed: receiver\.adopt_new is off\. .* "voltbeacon receiver (unforget \S+)"/,
    )
    assert.equal(told[1], `unforget ${mac}`)
    assert.match((await receiver.command(...told[1].split(' '))).stdout, /^done/)
    await receiver.verified(mac)
  },
)
