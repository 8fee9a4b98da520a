// Accessibility: axe must find nothing to object to on any page.
import assert from 'node:assert/strict'
import { receiverWithPast } from './support/mock.mjs'
import { accessFaults, assertFits, DESKTOP, filled, pageTest, PHONE, SIGNS } from './support/pages.mjs'

const PAGES = Object.keys(SIGNS)

for (const [what, options] of [
  ['light', { viewport: DESKTOP, colorScheme: 'light' }],
  ['dark, on a phone', { viewport: PHONE, colorScheme: 'dark' }],
]) {
  pageTest(
    `axe finds nothing on any page, ${what}, while edited, and while a device is lost`,
    async (home, browser) => {
      const { receiver } = await home.pair()
      const views = []
      for (const path of PAGES) {
        const view = await filled(browser, receiver, path, { ...options, forAxe: true })
        assert.deepEqual(await accessFaults(view), [], path)
        views.push(view)
      }
      const [overview, settings] = views
      await overview.page.evaluate(() => document.querySelector('main').append(document.createElement('img')))
      assert.match((await accessFaults(overview)).join(), /^critical: image-alt/, 'it does find faults')
      await overview.page.evaluate(() => document.querySelector('main > img').remove())

      await settings.type('field-mqtt-port', '70000')
      await settings.at('field-mqtt-password').getByRole('button').first().click()
      assert.deepEqual(await accessFaults(settings), [], 'while edited')
      await receiver.kill()
      for (const view of views) {
        await view.shows('receiver-lost', /^Lost/)
        assert.deepEqual(await accessFaults(view), [], `${view.page.url()} without its receiver`)
      }
    },
  )
}

/** Pages that show more for a pack with a past, and how to tell that they do. */
const PAST = {
  '/': 'open-alarms',
  '/history?cells=17,41': 'energy-chart',
  '/history?range=1y': 'energy-chart',
  '/events': 'events',
  '/cells/17': 'cell-history',
}

pageTest('axe finds nothing on pages with alarms and history, nor in any view of the cells', async (home, browser) => {
  const receiver = await receiverWithPast(home)
  for (const [viewport, colorScheme] of [
    [DESKTOP, 'dark'],
    [PHONE, 'light'],
  ]) {
    for (const [path, sign] of Object.entries(PAST)) {
      const view = await browser.open(receiver, path, { viewport, colorScheme, forAxe: true })
      await view.at(sign).waitFor()
      for (const summary of await view.page.locator('summary').all()) await summary.click()
      assert.deepEqual(await accessFaults(view), [], `${path} ${colorScheme}`)
      await assertFits(view, path)
    }
    const view = await browser.open(receiver, '/monitoring', { viewport, colorScheme, forAxe: true })
    for (const shown of ['bars', 'deviation', 'map']) {
      await view.at(`view-${shown}`).click()
      await view.at('cells-chart').press('ArrowRight')
      assert.deepEqual(await accessFaults(view), [], `${shown} ${colorScheme}`)
      await assertFits(view, shown)
    }
    await view.at('pause').click()
    assert.deepEqual(await accessFaults(view), [], `paused ${colorScheme}`)
  }
})
