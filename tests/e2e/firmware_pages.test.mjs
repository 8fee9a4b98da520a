// The pages as the receiver's firmware serves them, on this machine over stand-ins for ESP-IDF, in a browser; a tenth
// of the frames is lost.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { FirmwareReceiver, FirmwareTransmitter } from './support/firmware.mjs'
import { assertFits, DESKTOP, noBrowser, PHONE, pageTest, SIGN, SIGNS } from './support/pages.mjs'
import { Stream } from './support/sockets.mjs'
import { sleep, until } from './support/wait.mjs'

const SECONDS_MAX = 15000 // the page tries again after 5 s at the latest

/** The firmware beside a transmitter of Linux, which it has verified. */
async function atHome(home) {
  home.linkText = `pipe:${home.path('link')}`
  const firmware = await FirmwareReceiver.start(home)
  const transmitter = await home.transmitter()
  await firmware.web.verified(transmitter.mac)
  return { firmware, transmitter }
}

const KEEPS = 'This receiver keeps the last 3 days in memory, not cell by cell; a restart clears them.'

const moves = (view, id) =>
  until(`${id} to move`, async () => {
    const before = await view.text(id)
    await sleep(300)
    return before !== null && before !== (await view.text(id))
  })

describe(
  'beside each other',
  () => {
    pageTest('every page has content, and the readings are live', async (home, browser) => {
      const { firmware, transmitter } = await atHome(home)
      const view = await browser.open(firmware.web, '/')
      for (const id of [`start-${transmitter.mac}`, `radio-${transmitter.mac}`]) await view.shows(id, /^–$/)
      assert.match(await view.at(`transmitter-${transmitter.mac}`).innerText(), /only boards tell/)
      await view.shows('soc', /^\d/)
      await view.shows('link-state', 'Connected')
      await view.go('/monitoring')
      await view.shows('cell-min', /^\d,\d{3} mV$/)
      assert.equal(await view.at('cells-chart').getAttribute('data-cells'), '96')
      await moves(view, 'cell-avg')
      for (const path of ['/settings', '/events', '/cells/17']) {
        const other = await browser.open(firmware.web, path)
        await other.shows(SIGNS[path], SIGN)
        await other.page.context().close()
      }
      await firmware.end()
    })

    pageTest('what it leaves out is said', async (home, browser) => {
      const { firmware, transmitter } = await atHome(home)
      const { history } = await firmware.web.get('/api/v1/receiver')
      const { state, by_cell, lasting, finest_s, longest_s } = history
      assert.deepEqual(
        { state, by_cell, lasting, finest_s, longest_s },
        { state: 'recording', by_cell: false, lasting: false, finest_s: 900, longest_s: 3 * 86400 },
      )
      for (const viewport of [PHONE, DESKTOP]) {
        for (const [path, id] of [
          ['/history', 'history-keeps'],
          ['/cells/17', 'no-cell-history'],
          ['/settings?tab=receiver', 'history-acts'],
        ]) {
          const view = await browser.open(firmware.web, path, { viewport })
          await view.shows(id, id === 'history-acts' ? `Of these, only "Keep a history" acts here. ${KEEPS}` : KEEPS)
          await assertFits(view, path)
          await view.page.context().close()
        }
      }
      const page = await firmware.web.call('GET', '/', { headers: { 'Accept-Encoding': 'identity' } })
      assert.equal(page.status, 406)
      await firmware.end()
    })

    pageTest('the last days are in memory, and are gone after a restart', async (home, browser) => {
      let { firmware, transmitter } = await atHome(home)
      const path = `/api/v1/transmitters/${transmitter.mac}/history`
      const points = async (query = '') => (await firmware.web.get(path + query)).points
      await until('readings to be kept', async () => (await points()).at(-1)?.readings > 5)
      const kept = await firmware.web.get(`${path}?resolution=10&cells=3`)
      assert.deepEqual([kept.resolution_s, kept.by_cell, kept.cells], [900, false, []])
      const point = kept.points.at(-1)
      assert.deepEqual([point.cells_mv, point.temperatures_c], [[], []])
      for (const key of ['pack_v', 'current_a', 'soc_percent', 'all_temperatures_c', 'all_cells_mv']) {
        const [low, mean, high] = point[key]
        assert.ok(low <= mean && mean <= high, `${key}: ${point[key]}`)
      }
      assert.ok(point.all_cells_mv[0] > 3000 && point.all_cells_mv[2] < 4300)
      const { text } = await firmware.web.call('GET', `${path}?format=csv`)
      assert.match(text, /,all cells min \[mV\],all cells mean \[mV\],all cells max \[mV\]\r\n/)
      assert.equal((await firmware.web.get(`${path.replace('history', 'energy')}`)).time_zone, 'UTC')

      for (const viewport of [PHONE, DESKTOP]) {
        const view = await browser.open(firmware.web, '/history', { viewport })
        await view.shows('pack-history', /State of charge/)
        for (const id of ['voltage-history', 'spread-history']) await view.shows(id, /./)
        await view.gone('cells-history')
        await view.shows('resolution', /Each point covers 15 min.*This page refreshes every minute\./)
        await view.page.context().close()
      }
      await firmware.kill()
      firmware = await FirmwareReceiver.start(home, undefined, firmware.port)
      await firmware.web.verified(transmitter.mac)
      assert.ok(((await points()).at(-1)?.readings ?? 0) < point.readings)
      await firmware.end()
    })

    pageTest('of two browsers one saves, and both show it', async (home, browser) => {
      const { firmware, transmitter } = await atHome(home)
      const [saves, watches] = await Promise.all([1, 2].map(() => browser.open(firmware.web, '/settings')))
      for (const view of [saves, watches]) await view.shows('section-status-mqtt', /^Verified \d+ s ago · version 1$/)
      await saves.type('field-mqtt-port', '1884')
      await saves.save('mqtt')
      await saves.shows('edit-state-mqtt', 'Saved as version 2.')
      await watches.shows('section-status-mqtt', /^Verified \d+ s ago · version 2$/)
      assert.equal(await watches.value('field-mqtt-port'), '1884')
      assert.deepEqual(await transmitter.get('mqtt.port'), { 'mqtt.port': '1884' })
      await firmware.end()
    })

    pageTest('a receiver whose power was cut is said, and the page heals by itself', async (home, browser) => {
      let { firmware } = await atHome(home)
      const view = await browser.open(firmware.web, '/monitoring')
      await view.shows('cell-min', /^\d,\d{3} mV$/)
      await firmware.kill()
      await view.shows('receiver-lost', /./, SECONDS_MAX)
      firmware = await FirmwareReceiver.start(home, undefined, firmware.port)
      await view.gone('receiver-lost', SECONDS_MAX)
      await moves(view, 'cell-avg')
      await firmware.end()
    })

    pageTest('why boards started, and how long a radio searched, is on the page', async (home, browser) => {
      home.linkText = `pipe:${home.path('link')}`
      let firmware = await FirmwareReceiver.start(home)
      const board = await FirmwareTransmitter.start(home)
      await firmware.web.verified(board.mac)
      await firmware.kill()
      await sleep(3000) // long enough to be searched for
      firmware = await FirmwareReceiver.start(home, undefined, firmware.port)
      for (const viewport of [PHONE, DESKTOP]) {
        const view = await browser.open(firmware.web, '/', { viewport })
        await view.shows('receiver-start', /^▲too low a supply voltage$/)
        await view.shows(`start-${board.mac}`, /^▲the watchdog$/)
        await view.shows(`radio-${board.mac}`, /^channel \d+$/)
        const card = view.at(`transmitter-${board.mac}`)
        await until('the search to be told', async () =>
          /after \d+\.\d s; (once|\d+ times) since/.test(await card.innerText()),
        )
        assert.match(await card.innerText(), /2 crashes in a row; a core dump lies in its flash/)
      }
      await firmware.end()
      await board.end()
    })

    pageTest(
      'four browsers are served beside each other, and another is told that there is no place',
      async (home, browser) => {
        const { firmware } = await atHome(home)
        const views = []
        for (let i = 0; i < 4; i++) views.push(await browser.open(firmware.web, '/monitoring'))
        for (const view of views) await view.shows('cell-min', /^\d,\d{3} mV$/)
        await Promise.all(views.map((view) => moves(view, 'cell-avg')))
        assert.equal(await Stream.refusal(`${firmware.web.url.replace(/^http/, 'ws')}/ws/state`), 503)
        await firmware.end()
      },
    )
  },
  { skip: noBrowser },
)
