// Places at a receiver, and who a device is: forget, take back, rename; a folder that moves, a database that is wiped.
import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { homeTest } from './support/home.mjs'
import { DESKTOP, pageTest, PHONE } from './support/pages.mjs'
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
  '9.2: a forgotten transmitter stays away over a restart, is listed as still heard, and comes back when it may',
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
      [mac, 'Cellar pack', 'forgotten', 'is forgotten, and still heard'],
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

homeTest('9.2: the command line forgets, takes back and renames', async (home) => {
  const { receiver, mac } = await home.pair()
  assert.match(await (await receiver.command('forget', mac)).stdout, /^done/)
  assert.match((await receiver.command('status')).stdout, new RegExp(`outside_${mac}=forgotten`))
  assert.match((await receiver.command('unforget', mac)).stdout, /^done/)
  await receiver.verified(mac)
  assert.match((await receiver.command('rename', mac, 'Garage')).stdout, /^sent/)
  await until('it has its name', async () => (await receiver.transmitter(mac)).name === 'Garage')
  assert.match((await receiver.command('forget', '02:00:00:00:00:77')).stderr, /nothing is known/)
  assert.match((await receiver.command('forget', 'me')).stderr, /by its address/)
})

homeTest('9.2: a device is the same after its folder has moved and its database is wiped', async (home) => {
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

pageTest('9.2: the page forgets after a second click, and takes back', async (home, browser) => {
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
