/** The pages in a real browser; fails on requests to other hosts and on console errors. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after } from 'node:test'
import { homeTest } from './home.mjs'
import { PATIENCE_MS, until } from './wait.mjs'

const require = createRequire(import.meta.url) // of web/node_modules, found by $NODE_PATH

/** The first is Chromium without windows, which takes a third less processor time. */
const BROWSERS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
/** Features of Chromium to turn off: first those that Playwright turns off, since only the last such option counts;
 *  then the pages that each window preloads for its address bar, which cost more than ours do. */
const FEATURES_OFF = [
  'AcceptCHFrame',
  'AutoDeElevate',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'RenderDocument',
  'ThirdPartyStoragePartitioning',
  'Translate',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'WebUIOmniboxPopup',
]
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-quic',
  `--disable-features=${FEATURES_OFF.join(',')}`,
]

/** What the browser itself logs about an answer other than 200 and a lost connection. */
const NETWORK_NOTE = /^(Failed to load resource|WebSocket connection to)/

const executablePath = BROWSERS.find((file) => existsSync(file))
export const noBrowser = executablePath === undefined && 'no Chromium is installed'

export const PHONE = { width: 360, height: 740 }
export const DESKTOP = { width: 1280, height: 800 }

/** Every page, and the hook that proves that it has content: a text that matches SIGN. */
export const SIGNS = {
  '/': 'soc',
  '/settings': 'section-mqtt',
  '/settings?tab=receiver': 'section-receiver',
  '/monitoring': 'cell-min',
  '/history': 'range-24h',
  '/events': 'filter-type',
  '/cells/17': 'cell-now',
}
export const SIGN = /\d|MQTT|Receiver|Everything/

/** One person's page. Elements are found by the data-testid listed in web/README.md. */
export class View {
  constructor(page, url) {
    this.page = page
    this.url = url
    this.requests = []
    this.complaints = []
    page.on('request', (request) => this.requests.push(request))
    page.on('websocket', (socket) => this.#mustBeOurs(socket.url().replace(/^ws/, 'http')))
    page.on('request', (request) => this.#mustBeOurs(request.url()))
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      const harmless = message.type() !== 'error' || NETWORK_NOTE.test(message.text())
      if (!harmless) this.complaints.push(message.text())
    })
  }

  #mustBeOurs(address) {
    if (!address.startsWith(`${this.url}/`)) this.complaints.push(`asked for ${address}`)
  }

  at(id) {
    return this.page.getByTestId(id).first()
  }

  /** Null if there is none. Looks once: does not wait for an element, or a page, that disappears meanwhile. */
  async text(id) {
    const [text] = await this.page
      .getByTestId(id)
      .evaluateAll((all) => all.slice(0, 1).map((one) => one.innerText))
      .catch((error) => {
        if (/Execution context was destroyed/.test(error.message)) return []
        throw error
      })
    return text === undefined ? null : text.replace(/\s+/g, ' ').trim()
  }

  /** Waits until the element's text matches; returns it. */
  async shows(id, pattern, timeoutMs = PATIENCE_MS) {
    let seen
    const isSo = () => (typeof pattern === 'string' ? seen === pattern : seen !== null && pattern.test(seen))
    await until(
      `${id} to be ${pattern}`,
      async () => {
        seen = await this.text(id)
        return isSo()
      },
      timeoutMs,
    ).catch((error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(seen)}`)
    })
    return seen
  }

  /** Waits until the page's address is such; it may follow a click a moment later. */
  async isAt(what, test) {
    await until(`the address to be ${what}`, () => test(new URL(this.page.url()))).catch((error) => {
      throw new Error(`${error.message}; it is ${this.page.url()}`)
    })
  }

  gone(id, timeoutMs = PATIENCE_MS) {
    return this.at(id).waitFor({ state: 'hidden', timeout: timeoutMs })
  }

  /** Uses the page's own navigation, without reloading it. */
  async go(path) {
    await this.page.click(`nav[aria-label="Pages"] a[href="${path}"]`)
  }

  async type(id, text) {
    await this.at(id).fill(text)
  }

  value(id) {
    return this.at(id).inputValue()
  }

  async save(section) {
    await this.at(`save-${section}`).click()
  }

  /** The changes sent so far. */
  get changes() {
    return this.requests.filter((request) => request.method() === 'PATCH')
  }
}

/** The browser, started once for all tests of a file: a start costs as much as a test. */
let chromium

function startedChromium() {
  chromium ??= require('playwright-core').chromium.launch({ executablePath, args: ARGUMENTS })
  return chromium
}

after(async () => (await chromium)?.close())

/** What one test opens. Each page has its own profile, so that nothing is left over for the next test. */
class Browser {
  static async launch() {
    return new Browser(await startedChromium())
  }

  constructor(browser) {
    this.browser = browser
    this.views = []
  }

  /** A page of its own, like that of a second person. For axe, whose code the pages' policy would refuse, without it.
   *  `prepare` is called with the view before it goes anywhere. */
  async open(receiver, path = '/', { viewport = DESKTOP, colorScheme = 'light', forAxe = false, prepare } = {}) {
    const context = await this.browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', bypassCSP: forAxe })
    context.setDefaultTimeout(PATIENCE_MS)
    const view = new View(await context.newPage(), receiver.url)
    this.views.push(view)
    await prepare?.(view)
    await view.page.goto(receiver.url + path)
    return view
  }

  assertQuiet() {
    for (const view of this.views) assert.deepEqual(view.complaints, [])
  }

  async lastWords() {
    const texts = await Promise.all(this.views.map((view) => view.page.innerText('body').catch(String)))
    return texts.map((text) => `--- page\n${text.slice(0, 3000)}`).join('\n')
  }

  close() {
    return Promise.all(this.views.map(({ page }) => page.context().close()))
  }
}

/** Prepares a view whose browser is never idle, so that nothing is fetched before it is requested. */
export const neverIdle = (view) => view.page.addInitScript(() => (globalThis.requestIdleCallback = () => 0))

/** A test with a home and a browser. */
export function pageTest(name, body, options = {}) {
  homeTest(
    name,
    async (home, t) => {
      const browser = await Browser.launch()
      try {
        await body(home, browser, t)
        browser.assertQuiet()
      } catch (error) {
        t.diagnostic(await browser.lastWords())
        throw error
      } finally {
        await browser.close()
      }
    },
    { skip: noBrowser, ...options },
  )
}

/** What axe finds in a page opened for it, in its current state: one line each. */
export async function accessFaults(view) {
  if (!(await view.page.evaluate(() => 'axe' in globalThis))) await view.page.evaluate(require('axe-core').source)
  const { violations } = await view.page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }))
  return violations.map(({ id, impact, nodes }) => `${impact}: ${id} at ${nodes.map((node) => node.target).join(', ')}`)
}

/** Waits until there is something to see: a reading, and settings. */
export async function filled(browser, receiver, path, options) {
  const view = await browser.open(receiver, path, options)
  await view.shows(SIGNS[path], SIGN)
  return view
}

/** It fits the width of the screen, and its controls are high enough for a thumb. */
export async function assertFits(view, what) {
  const tooWide = await view.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.equal(tooWide, 0, `${what} is too wide`)
  const small = await view.page.evaluate(() =>
    [...document.querySelectorAll('button, select, summary, a:not(.skip), input:not([type=checkbox])')]
      .filter((one) => one.getBoundingClientRect().height < 44)
      .map((one) => one.outerHTML.slice(0, 80)),
  )
  assert.deepEqual(small, [], `${what} has small targets`)
}
