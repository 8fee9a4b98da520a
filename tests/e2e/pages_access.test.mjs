// For everybody, everywhere: by keyboard, on a phone.
import assert from 'node:assert/strict'
import { assertFits, filled, pageTest, PHONE, SIGNS } from './support/pages.mjs'

const PAGES = Object.keys(SIGNS)

pageTest('nothing scrolls sideways at 360 px, and touch targets are 44 px high', async (home, browser) => {
  const { receiver } = await home.pair({ transmitter: { args: ['--name', 'The battery in the garage below'] } })
  for (const path of PAGES) {
    const view = await filled(browser, receiver, path, { viewport: PHONE })
    await assertFits(view, path)
  }
})

pageTest('the Tab key reaches every control in page order, and the focus is visible', async (home, browser) => {
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

pageTest('by keyboard alone: open the settings, make a change, save it', async (home, browser) => {
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
