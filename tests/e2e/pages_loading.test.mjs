// Views load separately: what is drawn meanwhile, and what is shown if one fails to load.
import assert from 'node:assert/strict'
import { neverIdle, pageTest, PHONE, SIGN, SIGNS } from './support/pages.mjs'
import { until } from './support/wait.mjs'

const FIRST_PAGE_BYTES_MAX = 100 * 1000
const ALL_BYTES_MAX = 122 * 1000
const VIEWS = ['Overview', 'Monitoring', 'History', 'Events', 'Settings', 'Cell-']
const TITLES = {
  '/monitoring': 'Monitoring',
  '/history': 'History',
  '/events': 'Events',
  '/settings': 'Settings',
  '/': 'Overview',
}
const SETTINGS = '**/assets/Settings-*.js'

/** What every drawn frame showed: its title, null if there is none; and how far things jumped. */
function watchFrames() {
  const seen = { titles: [], shift: 0 }
  globalThis.framesSeen = seen
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.shift += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
  const look = () => {
    const title = document.querySelector('header') === null ? 'nothing' : document.querySelector('h1')?.textContent
    if (seen.titles.at(-1) !== title) seen.titles.push(title ?? null)
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

pageTest('while a view loads, the previous one stays whole, and nothing flashes or jumps', async (home, browser) => {
  const { receiver } = await home.pair()
  let release
  const held = new Promise((resolve) => (release = resolve))
  const prepare = async (view) => {
    await neverIdle(view)
    await view.page.addInitScript(watchFrames)
    await view.page.route(SETTINGS, async (route) => {
      await held
      await route.continue()
    })
  }
  const view = await browser.open(receiver, '/events', { viewport: PHONE, prepare })
  await view.shows('events', /Transmitter connected/) // what the page itself asks for is here: it moves no more
  await view.shows('no-recordings', 'No recordings.')
  await view.page.waitForLoadState('networkidle')
  await view.page.evaluate(() => (globalThis.framesSeen.shift = 0))
  await view.go('/settings')
  await view.page.locator('main[aria-busy=true]').waitFor()
  const before = await view.text('seconds-since-beacon')
  await until('the page to be live', async () => (await view.text('seconds-since-beacon')) !== before)
  assert.equal(new URL(view.page.url()).pathname, '/events')
  assert.equal(await view.page.evaluate(() => globalThis.framesSeen.shift), 0)
  release()
  await view.shows('section-mqtt', /MQTT/)
  await view.isAt('/settings', ({ pathname }) => pathname === '/settings')
  assert.equal(await view.page.locator('main').getAttribute('aria-busy'), 'false')
  const { titles } = await view.page.evaluate(() => globalThis.framesSeen)
  assert.deepEqual(titles, ['nothing', 'Events', 'Settings'])
})

pageTest('of two views requested, the later one is shown, and Back works', async (home, browser) => {
  const { receiver } = await home.pair()
  let release
  const held = new Promise((resolve) => (release = resolve))
  const prepare = async (view) => {
    await neverIdle(view)
    await view.page.route(SETTINGS, async (route) => {
      await held
      await route.continue()
    })
  }
  const view = await browser.open(receiver, '/', { prepare })
  await view.go('/settings')
  await view.go('/events')
  await view.shows('filter-type', /Everything/)
  release()
  await view.page.waitForFunction(() =>
    performance.getEntriesByType('resource').some((one) => /Settings-/.test(one.name)),
  )
  await view.shows('filter-type', /Everything/)
  await view.page.goBack()
  await view.shows('receiver-card', /./)
})

pageTest('a view that fails to load says so, the others work, and trying again loads it', async (home, browser) => {
  const { receiver } = await home.pair()
  let isAway = true
  const prepare = async (view) => {
    await neverIdle(view)
    await view.page.route(SETTINGS, (route) => (isAway ? route.abort() : route.continue()))
  }
  for (const first of ['/', '/settings']) {
    isAway = true
    const view = await browser.open(receiver, first, { viewport: PHONE, prepare })
    if (first === '/') await view.go('/settings')
    await view.shows('not-loaded', /^Settings could not be loaded The receiver did not send this page\. .* Try again$/)
    const wide = await view.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wide <= 0, `${wide} px too wide`)
    await view.go('/events')
    await view.shows('filter-type', /Everything/)
    await view.go('/settings')
    await view.at('not-loaded').waitFor()
    isAway = false
    await view.at('not-loaded').getByRole('button', { name: 'Try again' }).click()
    await view.shows('section-mqtt', /MQTT/)
  }
})

pageTest('if the receiver has newer pages by now, trying again loads them', async (home, browser) => {
  const { receiver } = await home.pair()
  let loads = 0
  const prepare = async (view) => {
    await neverIdle(view)
    view.page.on('request', (request) => (loads += Number(request.isNavigationRequest())))
    await view.page.route(SETTINGS, (route) =>
      loads < 2
        ? route.fulfill({ status: 404, contentType: 'text/plain', body: 'There is no such page.' })
        : route.continue(),
    )
  }
  const view = await browser.open(receiver, '/', { prepare })
  await view.go('/settings')
  await view.at('not-loaded').getByRole('button', { name: 'Try again' }).click()
  await view.shows('section-mqtt', /MQTT/)
  assert.equal(loads, 2)
})

pageTest(
  'files are named by their content and cached by browsers; the document is requested each time',
  async (home, browser) => {
    const { receiver } = await home.pair()
    const view = await browser.open(receiver, '/')
    const isCode = (request) => request.url().includes('/assets/')
    await until('all views to be here', () =>
      ['Monitoring', 'History', 'Events', 'Settings', 'Cell-'].every((name) =>
        view.requests.some((request) => request.url().includes(`/assets/${name}`)),
      ),
    )
    const files = view.requests.filter(isCode)
    for (const request of files) {
      const answer = await request.response()
      assert.equal(answer.status(), 200)
      assert.match(request.url(), /-[\w-]{8}\.(js|css)$/)
      assert.equal(answer.headers()['cache-control'], 'public, max-age=31536000, immutable')
      assert.match(answer.headers()['content-type'], /^text\/(javascript|css); charset=utf-8$/)
    }
    assert.equal((await fetch(receiver.url)).headers.get('cache-control'), 'no-cache')
    assert.equal((await fetch(`${receiver.url}/assets/Settings-00000000.js`)).status, 404)
    assert.equal((await fetch(`${receiver.url}/.vite/manifest.json`)).status, 404)
  },
)

/** Files that a page has had from its receiver, with what each took on the wire; each counts once. */
async function countFiles(view) {
  const session = await view.page.context().newCDPSession(view.page)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const addresses = new Map() // of requests
  const sizes = new Map() // of files: the icon is asked for with every page
  session.on('Network.requestWillBeSent', ({ requestId, request }) => addresses.set(requestId, request.url))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const address = addresses.get(requestId)
    if (address !== undefined && !address.includes('/api/')) sizes.set(address, encodedDataLength)
  })
  return sizes
}
const sumOf = (sizes) => [...sizes.values()].reduce((sum, size) => sum + size, 0)

pageTest('F1: whichever page is opened first, it takes at most 100 kB', async (home, browser) => {
  const { receiver } = await home.pair()
  for (const path of Object.keys(SIGNS)) {
    let sizes
    const prepare = async (view) => {
      await neverIdle(view)
      sizes = await countFiles(view)
    }
    const view = await browser.open(receiver, path, { prepare })
    await view.shows(SIGNS[path], SIGN)
    await view.page.waitForLoadState('networkidle')
    const bytes = sumOf(sizes)
    assert.ok(bytes > 20_000, `${path}: only ${bytes} bytes were counted`)
    assert.ok(bytes <= FIRST_PAGE_BYTES_MAX, `${path}: ${bytes} bytes were transferred`)
  }
})

pageTest(
  'all pages load by themselves once the browser is idle, and then none requests a file',
  async (home, browser) => {
    const { receiver } = await home.pair()
    let sizes
    const view = await browser.open(receiver, '/', { prepare: async (view) => (sizes = await countFiles(view)) })
    await until('all views are here', () => VIEWS.every((name) => [...sizes.keys()].some((url) => url.includes(name))))
    const bytes = sumOf(sizes)
    assert.ok(bytes <= ALL_BYTES_MAX, `${bytes} bytes were transferred`)
    const files = sizes.size
    await receiver.kill() // what is opened now is all there
    await view.shows('receiver-lost', /^Lost/)
    for (const [path, title] of Object.entries(TITLES)) {
      await view.go(path)
      assert.equal(await view.page.locator('h1').first().innerText(), title)
    }
    assert.equal(sizes.size, files)
  },
)
