// The past, all the way from a pack with a fault to a browser: two real programs, and nothing mocked.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe } from 'node:test'
import { DESKTOP, pageTest, PHONE } from './support/pages.mjs'
import { until } from './support/wait.mjs'

/** By night, when little current flows and every sweep is judged; a cell falls by 80 mV at the eighth second. */
const FALLING = 'sim:hour=2,weak=0,lowered=17,after=8,lasts=14'
const FALLEN = /^Cell 17 is \d+ mV below the mean(, was up to \d+ mV below the mean)? \(alert at \d+ mV\)\.$/

const rowOf = (view, text) => view.at('events').locator('[data-testid^=event-]', { hasText: text })

/** What a press on it downloads. */
async function downloaded(view, link) {
  const [download] = await Promise.all([view.page.waitForEvent('download'), link.click()])
  return readFileSync(await download.path(), 'utf8')
}

const jsonLines = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** By the form that its owner would use; the default is every minute. */
async function writeEverySecond(browser, receiver) {
  const view = await browser.open(receiver, '/settings?tab=receiver')
  await view.type('field-history-write_interval_s', '1')
  await view.save('history')
  await view.shows('save-history', 'Saved on the receiver')
}

/** Names and rows, without the comment. */
function parseCsv(text) {
  const [comment, names, ...rows] = text.trimEnd().split('\r\n')
  return { comment, names: names.split(','), rows: rows.map((row) => row.split(',')) }
}

describe('beside each other', { concurrency: true }, () => {
  pageTest(
    'E6: a cell that drops is an alarm on every page at once; acknowledged, it stays so, and its recording downloads',
    async (home, browser) => {
      const receiver = await home.receiver()
      const view = await browser.open(receiver, '/events', { viewport: DESKTOP })
      const phone = await browser.open(receiver, '/', { viewport: PHONE })
      // Only now: browsers may take longer to open than the cell takes to fall.
      const { mac } = await home.transmitter({ source: FALLING })
      await rowOf(view, 'Transmitter connected.').waitFor()
      assert.equal(await view.at('open-count').count(), 0, 'all is well at first')

      await view.shows('open-count', '1', 20000)
      await phone.shows('open-alarms', /^◆ ?alert: 1 alarm is open: Cell 17 is \d+ mV below the mean/)
      const row = rowOf(view, 'Cell 17').first()
      assert.match(await row.locator('.text').innerText(), FALLEN)
      await row.getByRole('button', { name: /^Acknowledge/ }).click()
      await row.getByText(/^Acknowledged \d\d:\d\d:\d\d$/).waitFor()
      await view.page.reload()
      await row.getByText(/^Acknowledged \d\d:\d\d:\d\d$/).waitFor()
      assert.equal(await row.getByRole('button').count(), 0)
      await view.gone('open-count') // it is open, and somebody knows
      await phone.gone('open-alarms')

      await view
        .at('recordings')
        .getByText(/being written/)
        .waitFor()
      const [head, ...lines] = jsonLines(await downloaded(view, row.getByRole('link', { name: /^Recording/ })))
      assert.equal(head.voltbeacon_recording, 1)
      assert.equal(head.mac, mac)
      assert.ok(
        lines.some(({ event }) => event?.cell === 17),
        'the alarm is in it',
      )
      assert.ok(lines.filter(({ reading }) => reading).length > 30, 'so is what was before')

      await row.getByRole('link', { name: 'Cell 17', exact: true }).click()
      await view.shows('cell-now', /^3,[67]\d\d mV$/)
      await view.shows('cell-alarms', /^Alarms of this cell .*Cell 17 is \d+ mV below the mean/)
      await view.go('/events')
      await row.getByText(/lasted \d+ s/).waitFor({ timeout: 30000 }) // the fault lasts 14 s
    },
  )

  pageTest('a recording is made on demand, one at a time, and downloads while it is written', async (home, browser) => {
    const { receiver, mac } = await home.pair({ transmitter: { source: 'sim:weak=0' } })
    const view = await browser.open(receiver, '/events')
    const other = await browser.open(receiver, '/events', { viewport: PHONE })
    for (const one of [view, other]) await one.shows('no-recordings', 'No recordings.')
    await view.at('record').click()
    await view.shows('record', 'Recording...')
    await view.at('recordings').getByText('On demand.').first().waitFor()
    const readings = () => receiver.transmitter(mac).then(({ quality }) => quality.readings)
    await until('some of it', async () => (await readings()) > 30)
    const [head, ...lines] = jsonLines(await downloaded(view, view.at('recordings').getByRole('link')))
    assert.equal(head.mac, mac)
    assert.equal(head.reason, 'On demand.')
    assert.equal(
      lines.some(({ end }) => end),
      false,
      'it is not at its end',
    )

    await other.at('record').click() // not knowing of the first
    await other.page.getByText(/^▲ Recording was not started: .* is under way; wait until it ends\.$/).waitFor()
    await other.shows('record', 'Recording...')
  })

  pageTest('E7: the history draws what arrived, says how late it is, and downloads as CSV', async (home, browser) => {
    const receiver = await home.receiver()
    await receiver.set({ history: { enabled: false } }) // so that the page stays empty for as long as it is read
    const transmitter = await home.transmitter({ source: 'sim:cells=24,fast=60' })
    const { mac } = transmitter
    await home.meets(receiver, transmitter)
    const view = await browser.open(receiver, '/history')
    await view.shows('no-history', /a reading reaches the history within 72 s\./)
    await writeEverySecond(browser, receiver)
    await view.shows('no-history', /a reading reaches the history within 13 s\./)
    await receiver.set({ history: { enabled: true } })
    await view.at('history-charts').waitFor({ timeout: 30000 })
    await until(
      'two points of 10 s',
      async () =>
        (await receiver.get(`/api/v1/transmitters/${mac}/history?resolution=10&cells=none`)).points.length > 1,
      30000,
    )

    await view.page.reload()
    await view.shows('history-begins', /^Nothing was recorded in this range before \d\d-\d\d, \d\d:\d\d\./)
    await view.at('history-begins').getByRole('button').click()
    await view.shows('resolution', /Each point covers 10 s: /)
    await view.type('add-cell', '7')
    await view.at('add-cell').press('Enter')
    await view.shows('cells-history', /Mean [34],\d{3} mV Cell 7 [34],\d{3} mV \([34],\d{3} to [34],\d{3}\)/)
    await view.at('as-deviation').click()
    await view.shows('cells-history', /Cell 7 −?\d{1,2}\.\d mV/)
    await view.isAt('that of deviations', ({ searchParams }) => searchParams.get('as') === 'deviation')
    await view.shows('spread-history', /Mean of all [34],\d{3} mV \([34],\d{3} to [34],\d{3}\)/)
    await view.shows('voltage-history', /Pack voltage \d\d\.\d V/)
    await view.shows('energy-chart', /In \d+\.\d kWh Out \d+\.\d kWh/)

    const { comment, names, rows } = parseCsv(await downloaded(view, view.at('csv')))
    assert.match(comment, new RegExp(`^# Voltbeacon, transmitter ${mac}, .*time zone UTC`))
    assert.deepEqual(
      names.filter((name) => /^cell \d+ mean \[mV\]$/.test(name)),
      ['cell 7 mean [mV]'],
      'those that are compared',
    )
    assert.ok(rows.length >= 2)
    const at = names.indexOf('time [s since 1970]')
    const mean = names.indexOf('cell 7 mean [mV]')
    for (const row of rows) {
      assert.equal(row.length, names.length)
      assert.ok(Math.abs(Number(row[at]) - Date.now() / 1000) < 120)
      assert.ok(Number(row[mean]) > 3000 && Number(row[mean]) < 4300, row[mean])
    }

    await view.page.getByRole('link', { name: 'About cell 7' }).click()
    await view.shows('cell-now', /^[34],\d{3} mV$/)
    await view.shows('cell-rank', /^(\d+ of 24|–)$/)
    await view.shows('cell-history', /Cell 7 [34],\d{3} mV .* Mean [34],\d{3} mV/)
  })

  pageTest('E7: a history that is switched off says so at once, and resumes quietly', async (home, browser) => {
    const { receiver } = await home.pair()
    const view = await browser.open(receiver, '/history')
    await view.at('no-history').waitFor()
    assert.equal(await view.at('history-state').count(), 0)
    const settings = await browser.open(receiver, '/settings?tab=receiver')
    await settings.at('field-history-enabled').click()
    await settings.save('history')
    await view.shows('history-state', 'The history is switched off: nothing is recorded. Settings of this receiver')
    await settings.at('field-history-enabled').click()
    await settings.save('history')
    await view.gone('history-state')
  })
})
