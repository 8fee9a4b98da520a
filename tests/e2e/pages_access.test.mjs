// For everybody, everywhere: by keyboard, by screen reader, on a phone, without the internet.
import assert from 'node:assert/strict'
import { accessFaults, DESKTOP, pageTest, PHONE } from './support/pages.mjs'
import { sleep } from './support/wait.mjs'

const PAGES = ['/', '/settings', '/settings?tab=receiver', '/monitoring']
const BYTES_MAX = 100 * 1000

/** So that there is something to see: a reading, and settings. */
async function filled(browser, receiver, path, options) {
  const view = await browser.open(receiver, path, options)
  const sign = { '/': 'soc', '/settings': 'section-mqtt', '/monitoring': 'cell-min' }[path] ?? 'section-receiver'
  await view.shows(sign, /\d|MQTT|Receiver/)
  return view
}

pageTest('axe finds nothing on any page, light, dark, while edited, and while a device is lost', async (home, browser) => {
  const { receiver } = await home.pair()
  const views = []
  for (const [viewport, colorScheme] of [[DESKTOP, 'light'], [PHONE, 'dark']]) {
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
})

pageTest('nothing scrolls sideways at 360 px, and what is pressed is 44 px high', async (home, browser) => {
  const { receiver } = await home.pair({ transmitter: { args: ['--name', 'The battery in the garage behind'] } })
  for (const path of PAGES) {
    const view = await filled(browser, receiver, path, { viewport: PHONE })
    const tooWide = await view.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.equal(tooWide, 0, `${path} is too wide`)
    const small = await view.page.evaluate(() =>
      [...document.querySelectorAll('button, select, summary, a:not(.skip), input:not([type=checkbox])')]
        .filter((one) => one.getBoundingClientRect().height < 44)
        .map((one) => one.outerHTML.slice(0, 80)))
    assert.deepEqual(small, [], `${path} has small targets`)
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

pageTest('F1: all pages together are at most 100 kB, and ask nobody but their receiver', async (home, browser) => {
  const { receiver } = await home.pair()
  const view = await browser.open(receiver, '/monitoring')
  const session = await view.page.context().newCDPSession(view.page)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  let bytes = 0
  session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
  await view.page.reload()
  for (const path of ['/', '/settings', '/monitoring']) {
    await view.go(path)
    await sleep(300)
  }
  assert.ok(bytes > 20000, `only ${bytes} bytes were counted`)
  assert.ok(bytes <= BYTES_MAX, `${bytes} bytes were transferred`)
})
