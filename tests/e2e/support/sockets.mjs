/** A WebSocket that records what was pushed, so that a test can wait for it. */
import { createRequire } from 'node:module'
import { PATIENCE_MS, within } from './wait.mjs'

const WebSocket = createRequire(import.meta.url)('ws') // of web/node_modules, found by $NODE_PATH

export class Stream {
  /** Resolves once connected. check(message) throws if a message is not as it should be. */
  static open(url, { check = () => {}, ...options } = {}) {
    const stream = new Stream(new WebSocket(url, options), check)
    const opened = new Promise((resolve, reject) => {
      stream.socket.once('open', () => resolve(stream))
      stream.socket.once('error', reject)
    })
    return within(`${url} to open`, PATIENCE_MS, opened)
  }

  /** The HTTP status with which an upgrade is refused; fails if it is accepted. */
  static refusal(url, options = {}) {
    const socket = new WebSocket(url, options)
    const refused = new Promise((resolve, reject) => {
      socket.once('open', () => reject(new Error(`${url} was not refused`)))
      socket.once('unexpected-response', (request, response) => {
        request.destroy()
        resolve(response.statusCode)
      })
      socket.on('error', () => {}) // caused by destroying it
    })
    return within(`${url} to be refused`, PATIENCE_MS, refused).finally(() => socket.terminate())
  }

  constructor(socket, check) {
    this.socket = socket
    this.fault = undefined // the first that check() found
    this.messages = []
    this.watchers = new Set()
    socket.on('message', (text) => {
      const message = JSON.parse(text)
      try {
        check(message)
      } catch (error) {
        this.fault ??= error
      }
      Object.defineProperty(message, 'arrivedMs', { value: performance.now() })
      this.messages.push(message)
      for (const watcher of [...this.watchers]) watcher()
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.once('close', resolve))
  }

  /** How many messages have arrived, to pass to wait() as `from`. */
  get mark() {
    return this.messages.length
  }

  /** The first message, from number `from` on, that test() accepts. */
  wait(what, test, { from = 0, timeoutMs = PATIENCE_MS } = {}) {
    let at = from
    let watcher
    const found = new Promise((resolve) => {
      watcher = () => {
        for (; at < this.messages.length; at++) {
          if (test(this.messages[at])) return resolve(this.messages[at])
        }
      }
      this.watchers.add(watcher)
      watcher()
    })
    return within(`a message: ${what}`, timeoutMs, found).finally(() => this.watchers.delete(watcher))
  }

  /** The next message about a section that holds these values. */
  section(name, values, options) {
    const holds = (held) =>
      held && Object.entries(values).every(([key, value]) => JSON.stringify(held[key]) === JSON.stringify(value))
    return this.wait(
      `section ${name} with ${JSON.stringify(values)}`,
      (message) => message.type === 'section' && message.section.name === name && holds(message.section.values),
      options,
    ).then((message) => message.section)
  }

  /** The next message about a transmitter that test() accepts. */
  transmitter(what, test, options) {
    return this.wait(what, (message) => message.type === 'transmitter' && test(message.transmitter), options).then(
      (message) => message.transmitter,
    )
  }

  edit(id, state, options) {
    return this.wait(
      `edit ${id} ${state}`,
      (message) => message.type === 'edit' && message.edit.id === id && message.edit.state === state,
      options,
    ).then((message) => message.edit)
  }

  close() {
    this.socket.terminate()
  }
}
