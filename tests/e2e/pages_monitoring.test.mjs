// The monitoring page and the overview: live cells from a recorded drive and from a simulated pack.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RECORDING } from './support/home.mjs'
import { MockReceiver } from './support/mock.mjs'
import { noBrowser, pageTest, PHONE } from './support/pages.mjs'
import { readWideRecording } from './support/recording.mjs'
import { sleep, until } from './support/wait.mjs'

/** A whole recorded drive, which lies beside the checkout where the project is developed. */
const DRIVE = fileURLToPath(new URL('../../../shared/data/maxus_96s/maxus_20230825.wide.derived.csv', import.meta.url))
const noDrive = !existsSync(DRIVE) && 'the recorded drive is not beside the checkout'

const playing = (file) => ({ transmitter: { source: `csv:${file}`, args: ['--speed', '10', '--loop'] } })
const REDRAW_MS_MAX = 500
const CHARTS = ['cells-chart', 'voltage-chart', 'current-chart']

/** What is drawn, to be compared. */
const pictures = (view, chart) =>
  view
    .at(chart)
    .locator('canvas')
    .evaluateAll((all) => all.map((canvas) => canvas.toDataURL()))

async function assertMoves(view) {
  for (const chart of CHARTS) {
    await until(
      `${chart} to move`,
      async () => {
        const before = await pictures(view, chart)
        await sleep(600)
        const after = await pictures(view, chart)
        return before.length > 0 && after.every((picture, i) => picture !== before[i])
      },
      20000,
    )
  }
}

const thousands = (text) => Number(text.replace(/[^\d.]/g, ''))

pageTest('F4 E4: every chart of the monitoring page moves with the recorded cells', async (home, browser) => {
  const { receiver } = await home.pair(playing(RECORDING))
  const view = await browser.open(receiver, '/monitoring')
  await view.shows('cell-min', /^\d,\d{3} mV$/)
  assert.equal(await view.at('cells-chart').getAttribute('data-cells'), '96')
  await assertMoves(view)

  await view.at('pause').click() // one reading, to be looked at
  const [min, max, delta, avg] = await Promise.all(
    ['cell-min', 'cell-max', 'cell-delta', 'cell-avg'].map(async (id) => thousands(await view.text(id))),
  )
  assert.equal(delta, max - min)
  const row = readWideRecording(RECORDING).find(({ expected }) => expected.avg === avg && expected.min === min)
  assert.ok(row, `no row of the recording has ${min} and ${avg} mV`)
  assert.equal(row.expected.max, max)
  const lowest = await view.page
    .getByText(/^cell \d+$/)
    .first()
    .innerText()
  assert.equal(lowest, `cell ${row.expected.min_index + 1}`)
})

pageTest(
  'F4: on a whole recorded drive every chart moves',
  async (home, browser) => {
    const { receiver } = await home.pair(playing(DRIVE))
    const view = await browser.open(receiver, '/monitoring')
    await view.shows('cell-min', /^\d,\d{3} mV$/)
    await assertMoves(view)
    assert.match(await view.text('reading-age'), /^\d\.\d s$/)
  },
  { skip: noDrive || noBrowser },
)

pageTest(
  'F4: a cell is read by pointing and by the arrow keys; there is a table behind every chart',
  async (home, browser) => {
    const { receiver } = await home.pair(playing(RECORDING))
    const view = await browser.open(receiver, '/monitoring')
    const chart = view.at('cells-chart')
    await view.shows('cell-min', /mV/)
    await chart.focus()
    for (const [key, cell] of [
      ['ArrowRight', 1],
      ['ArrowRight', 2],
      ['End', 96],
      ['ArrowLeft', 95],
      ['Home', 1],
    ]) {
      await chart.press(key)
      assert.match(
        await chart.getAttribute('aria-valuetext'),
        new RegExp(`^Cell ${cell}, (\\d,\\d{3} mV|not available)`),
      )
    }
    await chart.hover()
    await view.page.getByText(/Cell \d+ .* ago$/).waitFor()

    await view.page.getByText('Table of cells and temperatures').click()
    await until('a row for each cell', async () => (await view.at('cells-table').locator('tbody tr').count()) === 96)
    await view.page.getByText('Table of cell voltage').click()
    await until('rows of voltages', async () => (await view.at('voltage-chart').locator('tbody tr').count()) > 0)
  },
)

pageTest(
  'F4: a focused chart is announced when another cell is chosen, not with each reading',
  async (home, browser) => {
    const { receiver, mac } = await home.pair(playing(RECORDING))
    const view = await browser.open(receiver, '/monitoring')
    await view.shows('cell-min', /mV/)
    const chart = view.at('cells-chart')
    await chart.focus()
    await chart.press('ArrowRight')
    await until('the cell to be said', async () => /^Cell 1, /.test(await chart.getAttribute('aria-valuetext')))

    // What is announced: the chart's own words, and every live text; only ages in them may grow.
    const said = await chart.evaluateHandle((element) => {
      const words = []
      const note = (changes) =>
        words.push(...changes.map(({ target }) => target.ariaValueText ?? target.parentElement?.textContent ?? 'gone'))
      const watched = { attributes: true, attributeFilter: ['aria-valuetext', 'aria-valuenow', 'aria-label'] }
      new MutationObserver(note).observe(element, watched)
      const card = element.closest('section') ?? element.parentElement
      const live = [...card.querySelectorAll('[aria-live]:not([aria-live="off"]), [role="status"], [role="alert"]')]
      for (const one of live)
        new MutationObserver(note).observe(one, { characterData: true, childList: true, subtree: true })
      return words
    })
    const readings = async () => (await receiver.transmitter(mac)).quality.readings
    const before = await readings()
    await until('twenty readings more', async () => (await readings()) >= before + 20)
    await until('the chart to be drawn again', async () => {
      const shown = await pictures(view, 'cells-chart')
      return (await pictures(view, 'cells-chart')).join() !== shown.join()
    })
    assert.deepEqual(await said.evaluate((words) => words), [])
    await chart.press('ArrowRight')
    await until('the next cell to be said', () =>
      said.evaluate((words) => words.some((word) => /^Cell 2, /.test(word))),
    )
  },
)

pageTest('F4: Pause freezes what is shown, Resume continues with the newest', async (home, browser) => {
  const { receiver } = await home.pair(playing(RECORDING))
  const view = await browser.open(receiver, '/monitoring')
  await view.shows('cell-min', /mV/)
  await view.at('pause').click()
  await view.shows('pause', 'Resume')
  await sleep(REDRAW_MS_MAX)
  const held = await pictures(view, 'voltage-chart')
  await sleep(800)
  assert.ok((await pictures(view, 'voltage-chart')).join() === held.join(), 'the chart moved while paused')
  await view.shows(
    'paused',
    /^Paused at \d\d:\d\d:\d\d\. The view is from that moment; [1-9]\d* updates? ha(s|ve) arrived since\.$/,
  )
  await view.at('pause').click()
  await view.gone('paused')
  await assertMoves(view)
})

pageTest(
  'F4: cells are shown as voltages, deviations and a map of modules; the choice is remembered',
  async (home, browser) => {
    const { receiver } = await home.pair(playing(RECORDING))
    const view = await browser.open(receiver, '/monitoring')
    await view.shows('cell-min', /mV/)
    for (const shown of ['deviation', 'map', 'bars', 'map']) {
      await view.at(`view-${shown}`).click()
      await until(`the view ${shown}`, async () => (await view.at('cells-chart').getAttribute('data-view')) === shown)
      const before = await pictures(view, 'cells-chart')
      await until('it to move', async () => (await pictures(view, 'cells-chart')).join() !== before.join())
    }
    await view.type('per-module', '6')
    await view.at('per-module').press('Enter')
    await view.page.reload()
    await view.shows('cell-min', /mV/)
    assert.equal(await view.at('cells-chart').getAttribute('data-view'), 'map')
    assert.equal(await view.value('per-module'), '6')
    const rows = async () => Number(await view.at('cells-chart').getAttribute('data-rows'))
    assert.equal(await rows(), 4)
    await view.type('per-module', '48')
    await view.at('per-module').press('Enter')
    await until('two modules, one beneath the other', async () => (await rows()) === 2)
    await view.type('per-module', '0')
    await view.at('per-module').press('Enter')
    assert.equal(await view.value('per-module'), '48', 'a module has at least one cell')
  },
)

pageTest('F4: a tap selects a cell and offers its page', async (home, browser) => {
  const { receiver } = await home.pair(playing(RECORDING))
  const view = await browser.open(receiver, '/monitoring', { viewport: PHONE })
  await view.shows('cell-min', /mV/)
  const { width } = await view.at('cells-chart').boundingBox()
  await view.at('cells-chart').click({ position: { x: width - 8, y: 60 } })
  await view.page.getByRole('link', { name: 'About cell 48' }).click()
  await view.shows('cell-now', /^[\d,]+ mV$/)
  assert.equal(await view.page.title(), 'Cell 48 · Battery monitor')
})

pageTest(
  'E6: a torn reading is marked with the reason, and blames no cell',
  async (home, browser) => {
    const mock = await MockReceiver.start(home)
    const view = await browser.open(mock, '/monitoring')
    await view.shows('cell-min', /mV/)
    await mock.does('reading', { together: false })
    await view.shows(
      'torn',
      /^◫ The cells were not sampled at the same time: differences may be load, not imbalance\.$/,
    )
    await mock.does('reading', { current_a: 2, cells: Array(96).fill(3800) })
    await view.gone('torn')
    const stepped = Array.from({ length: 96 }, (_, i) => (i < 48 ? 3800 : 3690))
    await mock.does('rate', { hz: 0.4 })
    await mock.does('reading', { current_a: 40, cells: stepped })
    await view.shows('torn', /^◫ The load changed by 38 A since the previous reading: /)
  },
  { skip: noBrowser },
)

pageTest(
  'F4: a slow battery is told from a broken link: every new sample counts, a repeated one does not',
  async (home, browser) => {
    const mock = await MockReceiver.start(home)
    await mock.does('rate', { hz: 10 })
    await mock.does('reading', { sequence: 5 })
    const view = await browser.open(mock, '/monitoring')
    await view.shows('cell-min', /mV/)
    assert.equal(await view.text('pace'), null)
    await view.at('pause').click()
    await sleep(2000)
    // 1 where the page was greeted with a reading from before the sequence was set, and the click came first.
    const before = Number(await view.text('missed'))
    await sleep(1000)
    await view.shows('missed', String(before))
    for (const sequence of [6, 7, 8]) {
      await sleep(5600)
      await mock.does('reading', { sequence })
    }
    await view.shows('missed', String(before + 3))
    await view.shows('pace', /^Your battery updates every [56] s\.$/)
  },
  { skip: noBrowser },
)

pageTest(
  'F1: the first line of the overview says charge, direction, spread and link; 96 cells fit in two rows on a phone',
  async (home, browser) => {
    const { receiver, mac } = await home.pair({ transmitter: { args: ['--name', 'Cellar pack'] } })
    const view = await browser.open(receiver, '/', { viewport: PHONE })
    await view.shows('soc', /^\d+\.\d %$/)
    await view.shows('power', /^(charging|discharging|at rest) [\d.]+ k?W$/i)
    await view.shows('hero-delta', /^\d+ mV$/)
    await view.shows('hero-link', 'Connected')
    assert.equal(await view.at('cells-chart').getAttribute('data-rows'), '2')
    assert.match(
      await view.text(`transmitter-${mac}`),
      /^Transmitter Cellar pack MAC .* Link Connected beacon \d+ s ago/,
    )
    assert.match(await view.text('receiver-card'), /^This receiver Battery monitor IP address /)
  },
)

pageTest('E4: what a pack does not measure has no scale, and is shown as missing', async (home, browser) => {
  const { receiver } = await home.pair({
    transmitter: {
      source: `csv:${fileURLToPath(new URL('../fixtures/jk_8s.csv', import.meta.url))}`,
      args: ['--loop'],
    },
  })
  const view = await browser.open(receiver, '/monitoring')
  await view.shows('current-chart-absent', 'Not measured in this period: current, state of charge.')
  await until('the voltages to be drawn', async () => (await pictures(view, 'voltage-chart')).length === 1)
  assert.deepEqual(await pictures(view, 'current-chart'), [])
  assert.equal(await view.at('voltage-chart-absent').count(), 0)
})
