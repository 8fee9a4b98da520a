// The pages tell the truth about addresses that lead nowhere, who may change settings, and a receiver that hangs.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { pageTest } from './support/pages.mjs'

const WIDTHS = [320, 360, 600, 900, 940, 1000, 1050, 1200, 1400]
const LONG_NAME = 'The pack in the cellar behind the stairs, second rack'
const UNBROKEN_NAME = 'W'.repeat(31) // as long as a name may be, and as wide

async function sidewaysScroll(view) {
  return view.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

pageTest('D1: an address that names an unknown transmitter says so, and shows no other', async (home, browser) => {
  const { receiver, mac } = await home.pair()
  const view = await browser.open(receiver, '/monitoring?mac=02:00:00:00:00:99')
  await view.shows('unknown-transmitter', /^No transmitter 02:00:00:00:00:99 here/)
  assert.equal(await view.at('cells-chart').count(), 0)
  await view.at('unknown-transmitter').getByRole('link').click()
  await view.at('cells-chart').waitFor()
  await view.isAt(`that of ${mac}`, ({ searchParams }) => searchParams.get('mac') === mac)
})

pageTest('F1: a path without a page is a 404 that says which pages there are', async (home, browser) => {
  const receiver = await home.receiver()
  for (const path of ['/nowhere', '/settings/more'])
    assert.equal((await receiver.request('GET', path)).status, 404, path)
  for (const path of ['/', '/settings', '/cells/17'])
    assert.equal((await receiver.request('GET', path)).status, 200, path)
  const view = await browser.open(receiver, '/nowhere')
  await view.shows('missing-page', /^There is no page at \/nowhere/)
  await view.at('missing-page').getByRole('link', { name: 'Events' }).click()
  await view.isAt('/events', ({ pathname }) => pathname === '/events')
})

pageTest(
  'G0: pages that others can reach without a login say so, every one of them; other pages do not',
  async (home, browser) => {
    const open = await home.receiver({ args: ['--http', '0.0.0.0:0', '--insecure-no-login'] })
    const url = open.url.replace('0.0.0.0', '127.0.0.1')
    const { access } = await (await fetch(`${url}/api/v1/receiver`)).json()
    assert.equal(access.open_to_network, true)
    for (const path of ['/', '/settings', '/events']) {
      const view = await browser.open({ url }, path)
      await view.shows('open-access', /^Anybody on this network can change these settings/)
    }
    const closed = await home.receiver({ name: 'closed' })
    const view = await browser.open(closed, '/settings')
    await view.at('waiting').waitFor()
    assert.equal(await view.at('open-access').count(), 0)

    // And whether a login is asked for is what is so, there and here: there is none yet.
    for (const receiver of [{ url }, closed]) {
      const settings = await browser.open(receiver, '/settings?tab=receiver')
      await settings.shows('field-receiver-auth_required', /^Off\b/)
      assert.equal(await settings.at('field-receiver-auth_required').locator('input').count(), 0, 'nothing to switch')
    }
  },
)

pageTest(
  'E7: every range that the page shows downloads as CSV, for the cells compared, under its own name',
  async (home, browser) => {
    const { receiver, mac } = await home.pair({ transmitter: { source: 'sim:cells=24,fast=60' } })
    const settings = await browser.open(receiver, '/settings?tab=receiver')
    await settings.type('field-history-write_interval_s', '1')
    await settings.save('history')
    const view = await browser.open(receiver, '/history')
    await view.at('history-charts').waitFor({ timeout: 30000 })
    const names = new Set()
    for (const range of ['24h', '7d', '30d', '1y']) {
      await view.page.goto(`${receiver.url}/history?range=${range}&cells=3,7`)
      await view.at('history-charts').waitFor({ timeout: 30000 })
      const [download] = await Promise.all([view.page.waitForEvent('download'), view.at('csv').click()])
      const [, header] = readFileSync(await download.path(), 'utf8').split('\r\n')
      assert.deepEqual(
        header.split(',').filter((name) => /^cell \d+ mean/.test(name)),
        ['cell 3 mean [mV]', 'cell 7 mean [mV]'],
      )
      assert.match(
        download.suggestedFilename(),
        new RegExp(`^voltbeacon-${mac.replaceAll(':', '')}-\\d{8}T\\d{6}-to-\\d{8}T\\d{6}-\\d+s\\.csv$`),
      )
      names.add(download.suggestedFilename())
    }
    assert.equal(names.size, 4)
  },
)

/** What a page can open within itself, and what then stands there. */
const OPENED = {
  '/': [
    ['', () => {}],
    ['asked whether to forget', (row) => row.getByRole('button', { name: /^Forget/ }).click()],
    [
      'renamed',
      async (row) => {
        await row.getByRole('button', { name: 'Keep' }).click()
        await row.getByRole('button', { name: /^Rename/ }).click()
      },
    ],
  ],
}

pageTest('F1: no screen width and no name makes a page scroll sideways', async (home, browser) => {
  const { receiver, transmitter, mac } = await home.pair()
  const other = await home.transmitter({ name: 'other', args: ['--name', UNBROKEN_NAME] })
  await transmitter.set(`metadata.device_name=${LONG_NAME.slice(0, 31)}`)
  for (const one of [mac, other.mac]) await receiver.verified(one)
  const view = await browser.open(receiver, `/?mac=${other.mac}`)
  await view.shows('soc', /%$/)
  for (const path of ['/', '/monitoring', '/settings', '/events', '/history', '/cells/3']) {
    await view.page.goto(`${receiver.url}${path}?mac=${other.mac}`)
    await view.at('link-state').waitFor()
    for (const [what, open] of OPENED[path] ?? [['', () => {}]]) {
      await open(view.at(`place-${other.mac}`))
      for (const width of WIDTHS) {
        await view.page.setViewportSize({ width, height: 740 })
        assert.equal(await sidewaysScroll(view), 0, `${path} ${what} at ${width} px`)
      }
    }
  }
})

pageTest(
  'A5: a receiver that hangs is reported as lost within seconds, not shown as Connected',
  async (home, browser) => {
    const { receiver } = await home.pair()
    const view = await browser.open(receiver, '/')
    await view.shows('link-state', 'Connected')
    await view.shows('soc', /%$/)
    receiver.signal('SIGSTOP')
    await view.shows('link-state', 'Unknown', 15000)
    receiver.signal('SIGCONT')
    await view.shows('link-state', 'Connected', 15000)
  },
)
