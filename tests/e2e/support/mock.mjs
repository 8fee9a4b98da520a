/** The mock receiver of web/mock, for data that no real receiver has within the time of a test: weeks of history,
 *  alarms on demand. */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { Child } from './program.mjs'

const SERVER = fileURLToPath(new URL('../../../web/mock/server.mjs', import.meta.url))

export class MockReceiver extends Child {
  /** Stopped with the home. */
  static async start(home) {
    const mock = new MockReceiver('mock receiver', process.execPath, [SERVER, '0'])
    home.onClose(() => mock.exit || mock.stop())
    ;[, mock.url] = await mock.says(/at (http:\/\/\S+)\n/, { stream: 'stdout' })
    return mock
  }

  /** A command listed at the top of web/mock/server.mjs. */
  async does(what, body = {}) {
    const answer = await fetch(`${this.url}/mock/${what}`, { method: 'POST', body: JSON.stringify(body) })
    assert.equal(answer.status, 200, what)
  }

  async get(path) {
    const answer = await fetch(this.url + path)
    assert.equal(answer.status, 200, path)
    return answer.json()
  }
}

/** The receiver at $VB_PAGES_URL, with a history and an alarm of its own; else a mock receiver. */
export const receiverWithPast = async (home) =>
  process.env.VB_PAGES_URL === undefined ? MockReceiver.start(home) : { url: process.env.VB_PAGES_URL }

/** Why a test that triggers events is skipped with a real receiver, or false. */
export const noMock = process.env.VB_PAGES_URL !== undefined && 'only a mock receiver takes commands'
