// The settings page, used as an owner would: what is saved, refused, contested, and never lost.
import assert from 'node:assert/strict'
import { Broker, noBroker } from './support/broker.mjs'
import { noBrowser, pageTest, PHONE } from './support/pages.mjs'

const openSettings = async (browser, receiver) => {
  const view = await browser.open(receiver, '/settings')
  await view.shows('section-status-mqtt', /^Verified \d+ s ago · version \d+$/)
  return view
}

pageTest(
  'A9: an edit is pending until the transmitter answers, then confirmed, without a reload',
  async (home, browser) => {
    const { receiver, transmitter } = await home.pair()
    const view = await openSettings(browser, receiver)
    assert.equal(await view.at('save-mqtt').isDisabled(), true, 'nothing has changed')
    await view.type('field-mqtt-port', '1884')
    assert.equal(await view.at('save-mqtt').isEnabled(), true)

    transmitter.signal('SIGSTOP')
    await view.save('mqtt')
    await view.shows('save-mqtt', 'Saving...')
    await view.shows('edit-state-mqtt', 'Sent to the transmitter, waiting for its answer.')
    transmitter.signal('SIGCONT')

    await view.shows('save-mqtt', 'Saved on the transmitter')
    await view.shows('edit-state-mqtt', 'Saved as version 2.')
    await view.shows('section-status-mqtt', /^Verified \d+ s ago · version 2$/)
    assert.equal(await view.value('field-mqtt-port'), '1884')
    assert.deepEqual(await transmitter.get('mqtt.port'), { 'mqtt.port': '1884' })
    assert.equal(view.changes.length, 1)
    assert.deepEqual(view.changes[0].postDataJSON(), { port: 1884 }, 'only what changed was sent')
    assert.equal(view.requests.filter((request) => request.isNavigationRequest()).length, 1)
  },
)

pageTest(
  'A9: an edit that is not answered within 5 s times out, and is confirmed when a late answer comes',
  async (home, browser) => {
    const { receiver, transmitter } = await home.pair()
    const view = await openSettings(browser, receiver)
    await view.type('field-mqtt-port', '1885')
    transmitter.signal('SIGSTOP')
    await view.save('mqtt')
    await view.shows('edit-state-mqtt', /The transmitter does not answer/, 7000)
    assert.equal(await view.value('field-mqtt-port'), '1885', 'what was typed is kept')
    transmitter.signal('SIGCONT')
    await view.shows('save-mqtt', 'Saved on the transmitter')
    assert.equal(await view.value('field-mqtt-port'), '1885')
  },
)

pageTest('A3: an invalid value is reported beside the field, and nothing is sent', async (home, browser) => {
  const { receiver } = await home.pair()
  const view = await openSettings(browser, receiver)
  for (const [field, text, reason] of [
    ['mqtt-port', '70000', '▲ 70000 is outside 1 to 65535'],
    ['mqtt-port', '', '▲ Enter a number'],
    ['mqtt-server', 'ü'.repeat(32), '▲ Too long: 64 bytes, at most 63 fit'],
    ['network-address', '192.168.1.300', '▲ "192.168.1.300" is not an IPv4 address such as 192.168.1.20'],
    ['battery-pack_voltage_max_dv', '403.25', '▲ At most 1 decimal'],
    ['battery-temperature_min_c', '-41', '▲ -41 is outside -40 to 100 °C'],
    ['battery-cell_min_mv', '4300', '▲ Must be below Highest cell voltage'],
  ]) {
    const [section] = field.split('-')
    await view.type(`field-${field}`, text)
    await view.shows(`error-${field}`, reason)
    assert.equal(await view.at(`field-${field}`).getAttribute('aria-invalid'), 'true', field)
    assert.equal(await view.at(`save-${section}`).isDisabled(), true, field)
    await view.at(`field-${field}`).press('Enter')
  }
  await view.at('field-mqtt-enabled').check()
  await view.type('field-mqtt-server', '')
  await view.shows('error-mqtt-server', '▲ Needed by Publish over MQTT')
  await view.type('field-mqtt-server', 'broker.example')
  await view.gone('error-mqtt-server')
  assert.deepEqual(view.changes, [])
})

pageTest(
  'A3: a phone shows the numeric keypad where digits are enough, and one with a minus where it may be needed',
  async (home, browser) => {
    const { receiver } = await home.pair()
    const { sections } = await receiver.get('/api/v1/schema')
    const seen = { signed: 0, unsigned: 0 }
    for (const path of ['/settings', '/settings?tab=receiver']) {
      const view = await browser.open(receiver, path, { viewport: PHONE })
      await view.page.locator('input[data-testid^="field-"]').first().waitFor()
      for (const { name, fields } of sections) {
        for (const field of fields.filter(({ type }) => type in seen)) {
          const input = view.page.locator(`input[data-testid="field-${name}-${field.name}"]`)
          if ((await input.count()) === 0) continue // of the other tab, or read-only
          const keyboard = await input.getAttribute('inputmode')
          assert.equal(keyboard, field.type === 'unsigned' ? 'decimal' : null, `${name}.${field.name}`)
          assert.equal(await input.getAttribute('type'), 'text', `${name}.${field.name}`)
          seen[field.type]++
        }
      }
    }
    assert.ok(seen.signed > 0 && seen.unsigned > 10, JSON.stringify(seen))
  },
)

const showIn = async (receiver, unit) => {
  const { headers } = await receiver.request('GET', '/api/v1/receiver')
  const { status, text } = await receiver.request('PATCH', '/api/v1/receiver', {
    body: { display: { temperature_unit: unit } },
    headers: { 'Content-Type': 'application/json', 'If-Match': headers.etag },
  })
  assert.ok(status < 300, text)
}

pageTest(
  'F3: a page in Fahrenheit shows, checks and accepts temperatures in Fahrenheit; what is typed keeps its meaning',
  async (home, browser) => {
    const { receiver, transmitter } = await home.pair()
    await showIn(receiver, 'fahrenheit')
    const view = await openSettings(browser, receiver)
    const field = 'field-battery-temperature_max_c'
    const shows = (text) =>
      view.page.waitForFunction(
        ([id, value]) => document.querySelector(`[data-testid="${id}"]`)?.value === value,
        [field, text],
      )
    await shows('113.0')
    await view.type(field, '213')
    await view.shows('error-battery-temperature_max_c', '▲ 213 is outside -40.0 to 212.0 °F')
    await view.type(field, '104')
    await view.gone('error-battery-temperature_max_c')
    await showIn(receiver, 'celsius')
    await shows('40')
    await showIn(receiver, 'fahrenheit')
    await shows('104')
    for (const width of [360, 1280]) {
      await view.page.setViewportSize({ width, height: 800 })
      const wide = await view.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      assert.equal(wide, 0, `sideways at ${width} px`)
    }
    await view.save('battery')
    await view.shows('save-battery', 'Saved on the transmitter')
    assert.deepEqual(view.changes.at(-1).postDataJSON(), { temperature_max_c: 40 })
    assert.deepEqual(await transmitter.get('battery.temperature_max_c'), { 'battery.temperature_max_c': '40' })
    await shows('104.0')
  },
)

pageTest(
  'A9: what the receiver refuses is reported beside the field, and what was typed stays',
  async (home, browser) => {
    const { receiver } = await home.pair()
    const view = await openSettings(browser, receiver)
    // Past the page's own check, as a page of another version would send it.
    await view.page.route('**/sections/mqtt', (route) =>
      route.request().method() === 'PATCH' ? route.continue({ postData: '{"port": 70000}' }) : route.continue(),
    )
    await view.type('field-mqtt-port', '1890')
    await view.save('mqtt')
    await view.shows('error-mqtt-port', /70000 is outside 1 to 65535/)
    await view.shows('edit-state-mqtt', /refused; correct it and save again/)
    assert.equal(await view.value('field-mqtt-port'), '1890')

    await view.page.unroute('**/sections/mqtt')
    await view.type('field-mqtt-port', '1891')
    await view.gone('error-mqtt-port')
    await view.save('mqtt')
    await view.shows('save-mqtt', 'Saved on the transmitter')
  },
)

pageTest('A9: two browsers change one field: the later one sees both values and chooses', async (home, browser) => {
  const { receiver, transmitter } = await home.pair()
  const [mine, theirs] = [await openSettings(browser, receiver), await openSettings(browser, receiver)]
  await mine.type('field-mqtt-port', '1901')
  await mine.type('field-mqtt-username', 'mine')
  await theirs.type('field-mqtt-port', '1902')
  await theirs.save('mqtt')
  await theirs.shows('save-mqtt', 'Saved on the transmitter')

  await mine.shows('conflict-mqtt-port-theirs', '1902')
  assert.equal(await mine.text('conflict-mqtt-port-yours'), '1901')
  assert.equal(await mine.value('field-mqtt-port'), '1901', 'nothing typed is lost')
  assert.equal(await mine.at('save-mqtt').isDisabled(), true, 'not before a choice')
  await mine.at('conflict-mqtt-port').getByRole('button', { name: 'Use mine' }).click()
  await mine.save('mqtt')
  await mine.shows('save-mqtt', 'Saved on the transmitter')
  assert.deepEqual(await transmitter.get('mqtt.port', 'mqtt.username'), {
    'mqtt.port': '1901',
    'mqtt.username': 'mine',
  })

  await theirs.type('field-mqtt-port', '1903')
  await transmitter.set('mqtt.port=1904')
  await theirs.shows('conflict-mqtt-port-theirs', '1904')
  await theirs.at('conflict-mqtt-port').getByRole('button', { name: 'Use theirs' }).click()
  await theirs.gone('conflict-mqtt-port')
  assert.equal(await theirs.value('field-mqtt-port'), '1904')
  assert.equal(await theirs.at('save-mqtt').isDisabled(), true)
})

pageTest('A9: saving on content that is no longer current is a conflict, not an overwrite', async (home, browser) => {
  const { receiver, transmitter } = await home.pair()
  const view = await openSettings(browser, receiver)
  await view.page.route('**/sections/mqtt', async (route) => {
    if (route.request().method() === 'PATCH') await transmitter.set('mqtt.port=1910')
    await route.continue()
  })
  await view.type('field-mqtt-port', '1911')
  await view.save('mqtt')
  await view.shows('conflict-mqtt-port-theirs', '1910')
  assert.equal(await view.text('conflict-mqtt-port-yours'), '1911')
  assert.deepEqual(await transmitter.get('mqtt.port'), { 'mqtt.port': '1910' })
})

pageTest('A7: what others change shows by itself, and disturbs nothing that is being typed', async (home, browser) => {
  const { receiver, transmitter } = await home.pair()
  const view = await openSettings(browser, receiver)
  await view.type('field-mqtt-username', 'somebody')
  await transmitter.set('mqtt.server=192.168.1.221', 'battery.cell_count=90')
  await view.shows('section-status-mqtt', /version 2$/)
  assert.equal(await view.value('field-mqtt-server'), '192.168.1.221')
  assert.equal(await view.value('field-battery-cell_count'), '90')
  assert.equal(await view.value('field-mqtt-username'), 'somebody')
  assert.equal(await view.at('conflict-mqtt-username').count(), 0)

  await view.go('/monitoring')
  await view.go('/settings')
  assert.equal(await view.value('field-mqtt-username'), 'somebody', 'kept over a look at another page')
  await view.save('mqtt')
  await view.shows('save-mqtt', 'Saved on the transmitter')
  assert.deepEqual(await transmitter.get('mqtt.server', 'mqtt.username'), {
    'mqtt.server': '192.168.1.221',
    'mqtt.username': 'somebody',
  })
})

pageTest(
  'A9: after a broker change the page shows, unasked, that the transmitter is connected to the new one',
  async (home, browser) => {
    const brokers = [await Broker.start(home), await Broker.start(home)]
    const { receiver } = await home.pair()
    const view = await openSettings(browser, receiver)
    await view.shows('mqtt-status', 'off')
    await view.at('field-mqtt-enabled').check()
    await view.type('field-mqtt-server', '127.0.0.1')
    for (const { port } of brokers) {
      await view.type('field-mqtt-port', String(port))
      await view.save('mqtt')
      await view.shows('save-mqtt', 'Saved on the transmitter')
      await view.shows('mqtt-status', `127.0.0.1:${port} - connected`)
    }
    await view.go('/')
    await view.shows('mqtt-status', `127.0.0.1:${brokers[1].port} - connected`)
    await brokers[1].stop()
    await view.shows(
      'mqtt-status',
      `▲127.0.0.1:${brokers[1].port} - not connected: nothing listens on this port of the server`,
    )
  },
  { skip: noBroker || noBrowser },
)

pageTest('G0: a secret is replaced and cleared, and never shown', async (home, browser) => {
  const { receiver } = await home.pair()
  const view = await openSettings(browser, receiver)
  const password = view.at('field-mqtt-password')
  await view.shows('field-mqtt-password', /^Not set/)
  await password.getByRole('button', { name: 'Set a value' }).click()
  await view.type('field-mqtt-password-input', 'open sesame')
  await view.save('mqtt')
  await view.shows('save-mqtt', 'Saved on the transmitter')
  await view.shows('field-mqtt-password', 'Set Replace Clear')
  await view.type('field-mqtt-server', '192.168.1.222')
  await view.shows('unset-mqtt-password', /^▲ Saving clears this: it was entered for another server\./)
  await view.type('field-mqtt-server', '')
  assert.equal(await view.at('unset-mqtt-password').count(), 0)
  assert.equal((await view.page.content()).includes('open sesame'), false)

  await password.getByRole('button', { name: 'Replace' }).click()
  await password.getByRole('button', { name: 'Keep the old one' }).click()
  assert.equal(await view.at('save-mqtt').isDisabled(), true)
  await password.getByRole('button', { name: 'Clear' }).click()
  await view.save('mqtt')
  await view.shows('field-mqtt-password', /^Not set/)
  assert.deepEqual(
    view.changes.map((request) => request.postDataJSON()),
    [{ password: 'open sesame' }, { password: null }],
  )
})

pageTest(
  'B1 F1: the receiver has a tab of its own, and its name and theme take effect at once',
  async (home, browser) => {
    const { receiver } = await home.pair()
    const view = await openSettings(browser, receiver)
    await view.at('tab-receiver').click()
    await view.type('field-receiver-device_name', 'Hallway display')
    await view.save('receiver')
    await view.shows('save-receiver', 'Saved on the receiver')
    assert.match(await view.page.innerText('header'), /Hallway display/)
    assert.equal((await receiver.get('/api/v1/receiver')).name, 'Hallway display')

    await view.at('field-display-theme').selectOption('dark')
    await view.save('display')
    await view.shows('save-display', 'Saved on the receiver')
    await view.page.waitForSelector('html[data-shade=dark]')
    await view.type('field-receiver-web_port', '0')
    await view.shows('error-receiver-web_port', '▲ 0 is outside 1 to 65535')
  },
)

pageTest('A3 A11: an array can be filled at once, and a pasted list spreads over its fields', async (home, browser) => {
  const { receiver, transmitter } = await home.pair()
  const view = await openSettings(browser, receiver)
  const limit = view.at('field-power_profile-charge_limit_w')
  await limit.getByLabel('Set all to').fill('1500')
  await limit.getByRole('button', { name: 'Fill' }).click()
  await view.type('field-power_profile-charge_limit_w-47', '99999')
  await view.shows('error-power_profile-charge_limit_w', /^▲ 23:30: 99999 is outside 0 to 60000/)
  await view.at('field-power_profile-charge_limit_w-46').evaluate((input) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text', '800\t0')
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })
  await view.save('power_profile')
  await view.shows('save-power_profile', 'Saved on the transmitter')
  const saved = (await transmitter.get('power_profile.charge_limit_w'))['power_profile.charge_limit_w']
  assert.deepEqual(saved.split(',').map(Number), [...Array(46).fill(1500), 800, 0])
})
