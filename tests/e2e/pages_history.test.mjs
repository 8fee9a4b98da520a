// The history: ranges, zoom, gaps, cells compared, energy, CSV; what it says when there is none.
import assert from 'node:assert/strict'
import { noMock, receiverWithPast } from './support/mock.mjs'
import { noBrowser, pageTest, PHONE } from './support/pages.mjs'
import { until } from './support/wait.mjs'

const CHARTS = ['cells-history', 'pack-history', 'voltage-history', 'spread-history', 'energy-chart']
const DAY_S = 86400

async function openHistory(home, browser, path = '/history', options = {}) {
  const receiver = await receiverWithPast(home)
  const view = await browser.open(receiver, path, options)
  await view.at('history-charts').waitFor()
  return { receiver, view }
}

const asked = (view) => new URL(view.page.url()).searchParams

/** The queries of the history's requests so far. */
const requested = (view) =>
  view.requests
    .map((request) => new URL(request.url()))
    .filter(({ pathname }) => /^\/api\/.*\/history$/.test(pathname))
    .map(({ searchParams }) => Object.fromEntries(searchParams))

pageTest('E7: every range is requested, shown with its resolution, and kept in the address', async (home, browser) => {
  const { view } = await openHistory(home, browser)
  await view.shows(
    'resolution',
    /Each point covers 1 min: the line is the mean, the band spans lowest to highest\. Readings arrive within 72 s;/,
  )
  for (const [range, days] of [
    ['7d', 7],
    ['30d', 30],
    ['1y', 365],
  ]) {
    await view.at(`range-${range}`).click()
    await until(`${range} to be asked for`, () =>
      requested(view).some(({ from, to, resolution }) => to - from === days * DAY_S && resolution === 'auto'),
    )
    await until(`the address to be that of ${range}`, () => asked(view).get('range') === range)
    assert.equal(await view.at(`range-${range}`).getAttribute('aria-pressed'), 'true')
  }
  await view.shows('resolution', /^\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, \S+ Each point covers \d+ h/)
  await view.page.reload()
  await view.at('history-charts').waitFor()
  assert.equal(await view.at('range-1y').getAttribute('aria-pressed'), 'true', 'after a reload, too')
})

pageTest(
  "E7: a custom range is entered in the receiver's time zone; one that ends before it begins is refused",
  async (home, browser) => {
    const { view } = await openHistory(home, browser)
    await view.at('range-custom').click()
    await view.type('range-from', '2026-11-20T12:00')
    await view.type('range-to', '2026-11-20T11:00')
    await view.at('range-show').click()
    await view.page.getByText('The end must be at least 1 min after the start.').waitFor()
    await view.type('range-to', '2026-11-20T18:00')
    await view.at('range-show').click()
    await view.shows('resolution', /^11-20, 12:00 to 11-20, 18:00, /)
    const { from, to } = requested(view).at(-1)
    assert.equal(to - from, 6 * 3600)
  },
)

pageTest("E7: dragging over a chart zooms, Back and the browser's own Back return", async (home, browser) => {
  const { view } = await openHistory(home, browser)
  const before = await view.text('resolution')
  assert.equal(await view.at('zoom-back').isDisabled(), true)
  const box = await view.at('cells-history').locator('.u-over').boundingBox()
  await view.page.mouse.move(box.x + box.width * 0.25, box.y + 20)
  await view.page.mouse.down()
  await view.page.mouse.move(box.x + box.width * 0.5, box.y + 20, { steps: 4 })
  await view.page.mouse.up()
  await until('a quarter of a day', () => {
    const { from, to } = requested(view).at(-1)
    return Math.abs((to - from) / DAY_S - 0.25) < 0.02
  })
  await view.at('zoom-in').click()
  await until('an eighth', () => Math.abs((asked(view).get('to') - asked(view).get('from')) / DAY_S - 0.125) < 0.01)
  await view.at('zoom-back').click()
  await until(
    'the quarter again',
    () => Math.abs((asked(view).get('to') - asked(view).get('from')) / DAY_S - 0.25) < 0.02,
  )
  await view.page.goBack()
  await until('the whole day', () => !asked(view).has('from'))
  await view.shows('resolution', new RegExp(`^${before.slice(0, 5)}`))
  assert.equal(await view.at('zoom-back').isDisabled(), true)
})

pageTest(
  'E7: cells are compared with the mean, the weakest are suggested, and the address keeps them',
  async (home, browser) => {
    const { view } = await openHistory(home, browser)
    assert.equal(requested(view)[0].cells, 'none', 'the pack alone asks for no more than it must')
    await view.at('propose-17').click()
    await view.type('add-cell', '97')
    await view.page.getByText('Enter a cell from 1 to 96.').waitFor()
    await view.type('add-cell', '3')
    await view.at('add-cell').press('Enter')
    await until('both to be asked for', () => requested(view).some(({ cells }) => cells === '2,16'))
    await until('the address to have both', () => asked(view).get('cells') === '17,3')
    await view.shows('cells-history', /Mean [\d,]+ mV Cell 17 [\d,]+ mV Cell 3 [\d,]+ mV/)
    await view.at('compared-17').click()
    await until('one to be left', () => asked(view).get('cells') === '3')
  },
)

pageTest('E7: there is a table behind every chart, and it says so if nothing was recorded', async (home, browser) => {
  const { view } = await openHistory(home, browser, '/history?cells=17,41')
  await view.at('spread-history').waitFor()
  for (const chart of CHARTS) {
    await view.at(chart).locator('summary').click()
    await until(`rows of ${chart}`, async () => (await view.at(chart).locator('tbody tr').count()) > 0)
  }
  const cells = await view.at('cells-history').locator('tbody tr').first().innerText()
  assert.match(cells, /\t–$/, 'cell 41 is not available')
})

pageTest(
  'E7: a gap in the record is a gap in the line',
  async (home, browser) => {
    const { view } = await openHistory(home, browser)
    await view.at('voltage-history').locator('summary').click()
    const rows = await view.at('voltage-history').locator('tbody tr').allInnerTexts()
    const withoutValue = rows.filter((row) => row.includes('–'))
    const drawn = await view
      .at('voltage-history')
      .locator('canvas')
      .first()
      .evaluate((canvas) => {
        const { width, height } = canvas
        const { data } = canvas.getContext('2d').getImageData(0, 0, width, height)
        // Columns of the plot in which anything as dark as the line stands.
        const dark = (x) =>
          Array.from(
            { length: height },
            (_, y) => data[(y * width + x) * 4 + 3] > 200 && data[(y * width + x) * 4] < 60,
          ).some(Boolean)
        return Array.from({ length: width }, (_, x) => dark(x))
      })
    const first = drawn.indexOf(true)
    const longest = Math.max(
      ...drawn
        .slice(first)
        .map(String)
        .join('')
        .split('true')
        .map((gap) => gap.length / 5),
    )
    assert.ok(longest > drawn.length / 10, `the widest gap is ${longest} of ${drawn.length} columns`)
    assert.ok(withoutValue.length <= 1)
  },
  { skip: noMock || noBrowser },
)

pageTest('E7: the CSV link asks for what is shown', async (home, browser) => {
  const { view } = await openHistory(home, browser, '/history?range=7d')
  await view.shows('resolution', /Each point covers/)
  const [download] = await Promise.all([view.page.waitForEvent('download'), view.at('csv').click()])
  const { searchParams } = new URL(download.url())
  assert.equal(searchParams.get('format'), 'csv')
  assert.equal(searchParams.get('to') - searchParams.get('from'), 7 * DAY_S)
})

pageTest(
  "E7: without a history the page says what to do, and the receiver's reason if it gives one",
  async (home, browser) => {
    const receiver = await receiverWithPast(home)
    await receiver.does('nothing')
    const view = await browser.open(receiver, '/history')
    await view.shows(
      'no-history',
      /^Nothing was recorded in this period The receiver records while it runs .* reaches the history within 72 s\./,
    )
    assert.equal(await view.at('csv').count(), 0)
    await receiver.does('fail', { status: 503 })
    await view.page.reload()
    await view.shows(
      'history-fault',
      'The history could not be read. The history is paused: the disk is full. Make room on it. Try again',
    )
    await receiver.does('fail', {})
    await view.at('history-fault').getByRole('button').click()
    await view.gone('history-fault')
  },
  { skip: noMock || noBrowser },
)

pageTest('E7: on a phone the first 24 h charts take few bytes', async (home, browser) => {
  const receiver = await receiverWithPast(home)
  const view = await browser.open(receiver, '/events', { viewport: PHONE })
  const sizes = []
  view.page.on('response', async (response) => {
    if (/\/(history|energy|weak-cells)\?|weak-cells$/.test(response.url())) sizes.push((await response.body()).length)
  })
  await view.go('/history')
  await view.at('spread-history').waitFor()
  await until('history, energy and weak cells', () => sizes.length >= 3)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  assert.ok(total < 500_000, `${total} bytes`)
})
