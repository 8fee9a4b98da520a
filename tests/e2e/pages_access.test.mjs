// For everybody, everywhere: by keyboard, by screen reader, on a phone, without the internet.
import assert from 'node:assert/strict'
import { receiverWithPast } from './support/mock.mjs'
import { accessFaults, DESKTOP, pageTest, PHONE, SIGN, SIGNS } from './support/pages.mjs'

const PAGES = Object.keys(SIGNS)

/** So that there is something to see: a reading, and settings. */
async function filled(browser, receiver, path, options) {
  const view = await browser.open(receiver, path, options)
  await view.shows(SIGNS[path], SIGN)
  return view
}

pageTest(
  'axe finds nothing on any page, light, dark, while edited, and while a device is lost',
  async (home, browser) => {
    const { receiver } = await home.pair()
    const views = []
    for (const [viewport, colorScheme] of [
      [DESKTOP, 'light'],
      [PHONE, 'dark'],
    ]) {
      for (const path of PAGES) {
        const view = await filled(browser, receiver, path, { viewport, colorScheme, forAxe: true })
        assert.deepEqual(await accessFaults(view), [], `${path} ${colorScheme}`)
        views.push(view)
      }
    }
    const overview = views[0]
    await overview.page.evaluate(() => document.querySelector('main').append(document.createElement('img')))
    assert.match((await accessFaults(overview)).join(), /^critical: image-alt/, 'it does find faults')
    await overview.page.evaluate(() => document.querySelector('main > img').remove())

    const settings = views[1]
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

/** Pages that have more to show of a pack with a past, and what shows that they do. */
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

async function assertFits(view, what) {
  const tooWide = await view.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.equal(tooWide, 0, `${what} is too wide`)
  const small = await view.page.evaluate(() =>
    [...document.querySelectorAll('button, select, summary, a:not(.skip), input:not([type=checkbox])')]
      .filter((one) => one.getBoundingClientRect().height < 44)
      .map((one) => one.outerHTML.slice(0, 80)),
  )
  assert.deepEqual(small, [], `${what} has small targets`)
}

pageTest('nothing scrolls sideways at 360 px, and what is pressed is 44 px high', async (home, browser) => {
  const { receiver } = await home.pair({ transmitter: { args: ['--name', 'The battery in the garage behind'] } })
  for (const path of PAGES) {
    const view = await filled(browser, receiver, path, { viewport: PHONE })
    await assertFits(view, path)
  }
})

pageTest('the tab key reaches every control in the order of the page, and the focus is seen', async (home, browser) => {
  const { receiver } = await home.pair()
  for (const path of PAGES) {
    const view = await filled(browser, receiver, path)
    await view.page.evaluate(() => document.body.focus())
    const count = await view.page.evaluate(() => {
      const all = [...document.querySelectorAll('a, button, input, select, summary, [tabindex]')]
      const reachable = all.filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility())
      reachable.forEach((one, i) => (one.dataset.order = i))
      return reachable.length
    })
    assert.ok(count > 5)
    for (let i = 0; i < count; i++) {
      await view.page.keyboard.press('Tab')
      const at = await view.page.evaluate(() => {
        const one = document.activeElement
        return { order: one.dataset.order, seen: getComputedStyle(one).outlineStyle !== 'none', what: one.outerHTML }
      })
      assert.equal(at.order, String(i), `${path}: after ${i} steps at ${at.what.slice(0, 120)}`)
      assert.ok(at.seen, `${path}: no focus is seen on ${at.what.slice(0, 120)}`)
    }
  }
})

pageTest('by keyboard alone: to the settings, a change, saved', async (home, browser) => {
  const { receiver, transmitter } = await home.pair()
  const view = await filled(browser, receiver, '/')
  const { keyboard } = view.page
  await view.page.getByRole('link', { name: 'Settings', exact: true }).focus()
  await keyboard.press('Enter')
  await view.shows('section-mqtt', /MQTT/)
  await view.at('field-mqtt-port').focus()
  await keyboard.press('Control+A')
  await keyboard.type('1886')
  await keyboard.press('Enter')
  await view.shows('save-mqtt', 'Saved on the transmitter')
  assert.deepEqual(await transmitter.get('mqtt.port'), { 'mqtt.port': '1886' })

  await view.at('tab-transmitter').focus()
  await keyboard.press('ArrowRight')
  await view.shows('section-receiver', /Receiver/)
})
