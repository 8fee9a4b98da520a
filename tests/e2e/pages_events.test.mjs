// Alarms and changes of state: newest first, live, filtered, acknowledged; and a cell's own page.
import assert from 'node:assert/strict'
import { noMock, receiverWithPast } from './support/mock.mjs'
import { DESKTOP, noBrowser, pageTest, PHONE } from './support/pages.mjs'
import { until } from './support/wait.mjs'

const made = { skip: noMock || noBrowser }

const texts = (view) => view.page.locator('[data-testid^=event-] .text').allInnerTexts()

async function openEvents(home, browser, path = '/events', options = {}) {
  const receiver = await receiverWithPast(home)
  const view = await browser.open(receiver, path, options)
  await view.at('events').waitFor()
  return { receiver, view }
}

pageTest(
  'E6: events are listed newest first, and open alarms are counted in the navigation and shown on the overview',
  async (home, browser) => {
    const { receiver, view } = await openEvents(home, browser)
    const { events } = await receiver.get('/api/v1/events?limit=50')
    assert.deepEqual(
      await texts(view),
      events.map(({ text }) => text),
    )
    await view.shows('open-count', '2')
    await view.go('/monitoring')
    await view.page.getByText(/^▲ Cell 17: .* alarm open\.$/).waitFor()
    await view.go('/')
    await view.shows('open-alarms', /^▲ ?warning: 2 alarms are open: Cell 17 is 38 mV below the others\. Open alarms$/)
    await view.at('open-alarms').getByRole('link').click()
    await until('the open ones alone', async () => (await texts(view)).length === 2)
  },
  made,
)

pageTest(
  'E6: an alarm that begins shows at once on every page, and its end takes it from the count',
  async (home, browser) => {
    const { receiver, view } = await openEvents(home, browser)
    await view.shows('open-count', '2')
    await receiver.does('begin', { text: 'Cell 3 is 41 mV above the others.' })
    await view.shows('open-count', '3')
    assert.equal((await texts(view))[0], 'Cell 3 is 41 mV above the others.')
    await view
      .at('events')
      .getByText(/open for \d s/)
      .waitFor()
    await receiver.does('end')
    await view.shows('open-count', '2')
    await view
      .at('events')
      .getByText(/lasted \d s/)
      .waitFor()
  },
  made,
)

pageTest(
  'E6: filters are kept in the address and let through what they name, including what comes later',
  async (home, browser) => {
    const { receiver, view } = await openEvents(home, browser)
    await view.at('filter-type').selectOption('alarm')
    await until('alarms alone', async () => (await texts(view)).length === 5)
    await view.at('filter-kind').selectOption('imbalance')
    await until('imbalances alone', async () => (await texts(view)).length === 1)
    await receiver.does('begin', { kind: 'sum_mismatch', text: 'The cells add up to another voltage.' })
    await receiver.does('begin', { kind: 'imbalance', text: 'Cell 5 is 50 mV below the others.' })
    await until('the second alone', async () => (await texts(view)).join().startsWith('Cell 5'))
    assert.equal((await texts(view)).length, 2)
    await view.page.reload()
    await until('the same after a reload', async () => (await texts(view)).length === 2)
    await view.at('filter-kind').selectOption('link_lost')
    await view.shows('no-events', /^No matching events/)
    await view.at('no-events').getByRole('button').click()
    await until('everything', async () => (await texts(view)).length > 10)
  },
  made,
)

pageTest(
  'E6: acknowledging shows at once and says who refused; older events are one click away',
  async (home, browser) => {
    const { receiver, view } = await openEvents(home, browser)
    const count = (await texts(view)).length
    await view.page.getByRole('button', { name: 'Show older' }).click()
    await until('older ones', async () => (await texts(view)).length > count)

    const row = view.page.locator('[data-testid^=event-]').first()
    const id = Number((await row.getAttribute('data-testid')).slice('event-'.length))
    await receiver.does('fail', { status: 503 })
    await row.getByRole('button').click()
    await row.getByText(/Not acknowledged: The history is paused/).waitFor()
    assert.equal(await row.getByRole('button').count(), 1, 'it can be tried again')
    await receiver.does('fail', {})
    await view.page.route('**/acknowledge', async (route) => {
      await row.getByText('Acknowledged, not confirmed yet').waitFor()
      await route.continue()
    })
    await row.getByRole('button').click()
    await row.getByText(/^Acknowledged \d\d:\d\d:\d\d$/).waitFor()
    const { events } = await receiver.get('/api/v1/events?limit=1')
    assert.equal(events[0].id, id)
    assert.ok(Date.parse(events[0].acknowledged) > 0)
  },
  made,
)

pageTest(
  'E6: what another browser acknowledges shows here; the recording and the cell are one link away',
  async (home, browser) => {
    const { receiver, view } = await openEvents(home, browser)
    const other = await browser.open(receiver, '/events', { viewport: PHONE })
    await other.page
      .getByRole('button', { name: /Acknowledge/ })
      .first()
      .click()
    await view.page
      .locator('[data-testid^=event-]')
      .first()
      .getByText(/^Acknowledged/)
      .waitFor()
    const recording = view
      .at('events')
      .getByRole('link', { name: /^Recording/ })
      .first()
    assert.match(await recording.getAttribute('href'), /^\/api\/v1\/recordings\//)
    await view.page.getByRole('link', { name: 'Cell 17', exact: true }).first().click()
    await view.shows('cell-now', /^[\d,]+ mV$/)
    await view.isAt(
      'that of cell 17',
      ({ pathname, searchParams }) => pathname === '/cells/17' && searchParams.has('mac'),
    )
  },
  made,
)

pageTest(
  'E6: an empty list and a receiver that cannot answer are explained, with what to do',
  async (home, browser) => {
    const receiver = await receiverWithPast(home)
    await receiver.does('nothing')
    const view = await browser.open(receiver, '/events')
    await view.shows('no-events', /^Nothing has happened yet/)
    await receiver.does('fail', { status: 503 })
    await view.page.reload()
    await view.shows('events-fault', /^The events could not be read\. The history is paused: the disk is full/)
    await receiver.does('fail', {})
    await view.at('events-fault').getByRole('button').click()
    await view.shows('no-events', /^Nothing has happened yet/)
  },
  made,
)

pageTest(
  "E6: a cell's page shows its voltage, rank, resistance with its uncertainty, and alarms",
  async (home, browser) => {
    const receiver = await receiverWithPast(home)
    const view = await browser.open(receiver, '/cells/17')
    await view.shows('cell-now', /^[\d,]+ mV$/)
    await view.shows('cell-rank', '1 of 96')
    await view.shows('cell-resistance', /^\d\.\d\d mΩ$/)
    await view.page.getByText(/^± 0\.08 mΩ, from 214 load steps$/).waitFor()
    await view.shows('cell-history', /Cell 17 [\d,]+ mV/)
    await view.shows(
      'cell-alarms',
      /^Alarms of this cell .*Cell 17 is 38 mV below the others\..*below its limit of 3,000 mV/,
    )
    await view.page.getByRole('link', { name: 'Cell 18' }).click()
    await view.shows('cell-alarms', /^Alarms of this cell None\.$/)

    const unsure = await browser.open(receiver, '/cells/6')
    await unsure.page.getByText('too few load steps so far: 3').waitFor()
    const missing = await browser.open(receiver, '/cells/41')
    await missing.shows('cell-now', '–')
    const none = await browser.open(receiver, '/cells/120', { viewport: PHONE })
    await none.shows('no-cell', /^There is no cell 120 This pack has 96 cells\./)
  },
  made,
)

pageTest(
  'D1: with several transmitters the address tells whose cell it is, and the selection follows it',
  async (home, browser) => {
    const receiver = await receiverWithPast(home)
    await receiver.does('second')
    const view = await browser.open(receiver, '/cells/3?mac=02:1a:2b:3c:4d:5f', { viewport: DESKTOP })
    await until('the second to be chosen', async () => (await view.value('transmitter-select')) === '02:1a:2b:3c:4d:5f')
    await view.at('transmitter-select').selectOption('02:1a:2b:3c:4d:5e')
    await view.shows('cell-now', /^[\d,]+ mV$/)
    await view.isAt('that of the first', ({ searchParams }) => searchParams.get('mac') === '02:1a:2b:3c:4d:5e')
  },
  made,
)
