/** The two daemons as users see them: by command line, HTTP and WebSocket. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { join } from 'node:path'
import { Contract } from './contract.mjs'
import { Child, VOLTBEACON, voltbeacon } from './program.mjs'
import { Stream } from './sockets.mjs'
import { PATIENCE_MS, until, within } from './wait.mjs'

/** "key=value" lines; a value that begins with a number is that number. */
function parseStatus(text) {
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/=(.*)/s, 2))
  return Object.fromEntries(rows.map(([key, value]) => [key, /^\d+( |$)/.test(value) ? parseInt(value) : value]))
}

class Device extends Child {
  constructor(role, data, args, { env, program = VOLTBEACON } = {}) {
    super(`${role} in ${data}`, program, [role, '--data', data, ...args], { env: { ...process.env, ...env } })
    this.program = program
    this.role = role
    this.data = data
  }

  /** What `voltbeacon ROLE status` prints. */
  async status() {
    const { code, stdout, stderr } = await this.command('status')
    assert.equal(code, 0, stderr)
    return parseStatus(stdout)
  }

  command(verb, ...words) {
    return voltbeacon([this.role, verb, '--data', this.data, ...words], { program: this.program })
  }

  /** The number of refused frames, for all reasons. */
  async refusedFrames() {
    const status = await this.status()
    const keys = Object.keys(status).filter((key) => /^(refused|link_dropped)_/.test(key))
    return keys.reduce((sum, key) => sum + status[key], 0)
  }

  get databaseFile() {
    return join(this.data, 'voltbeacon.db')
  }
}

export class Transmitter extends Device {
  constructor(data, args, options) {
    super('transmitter', data, args, options)
  }

  async ready() {
    ;[, this.mac] = await this.says(/transmitter ([0-9a-f:]{17}), settings/)
    return this
  }

  /** Changes settings at the transmitter itself, as in set('mqtt.port=1884'). Returns what it prints besides "stored". */
  async set(...assignments) {
    const { code, stdout, stderr } = await this.command('set', ...assignments)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^stored(; .*)?\n$/)
    return stdout.slice('stored'.length).trim()
  }

  async get(...names) {
    const { code, stdout, stderr } = await this.command('get', ...names)
    assert.equal(code, 0, stderr)
    return Object.fromEntries(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/=(.*)/s, 2)),
    )
  }
}

/** A receiver's pages, API and WebSockets, whoever started it. */
export class ReceiverAt {
  constructor(url) {
    this.url = url
    this.streams = []
  }

  /** The contract that every answer is checked against. */
  contract() {
    this.contractRead ??= this.call('GET', '/api/v1/openapi.json').then(({ json }) => new Contract(json))
    return this.contractRead
  }

  /** Like call(), and checks the answer against the contract. */
  async request(method, path, options) {
    const answer = await this.call(method, path, options)
    const contract = await this.contract()
    contract.answer(method, path, answer.status, answer.headers['content-type'], answer.json)
    return answer
  }

  /** One request, on a connection of its own. The body is sent as it is if it is a text; without its length
   *  if it is chunked. */
  call(method, path, { body, headers = {}, localAddress } = {}) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const hasSize = text !== undefined && !('Transfer-Encoding' in headers)
    const size = hasSize ? { 'Content-Length': Buffer.byteLength(text) } : {}
    const answered = new Promise((resolve, reject) => {
      const call = request(
        this.url + path,
        { method, agent: false, localAddress, headers: { ...size, ...headers } },
        (answer) => {
          const pieces = []
          answer.on('data', (piece) => pieces.push(piece))
          answer.on('error', reject)
          answer.on('end', () => {
            const content = Buffer.concat(pieces).toString()
            const isJson = answer.headers['content-type'] === 'application/json'
            resolve({
              status: answer.statusCode,
              headers: answer.headers,
              text: content,
              json: isJson && content !== '' ? JSON.parse(content) : undefined,
            })
          })
        },
      )
      call.on('error', reject)
      call.end(text)
    })
    return within(`${method} ${path}`, PATIENCE_MS, answered)
  }

  /** The answer's object; fails unless it is a 200. */
  async get(path) {
    const { status, json, text } = await this.request('GET', path)
    assert.equal(status, 200, `GET ${path}: ${text}`)
    return json
  }

  transmitter(mac) {
    return this.get(`/api/v1/transmitters/${mac}`)
  }

  section(mac, name) {
    return this.get(`/api/v1/transmitters/${mac}/sections/${name}`)
  }

  patchSection(mac, name, changes, { etag, headers = {} } = {}) {
    return this.request('PATCH', `/api/v1/transmitters/${mac}/sections/${name}`, {
      body: changes,
      headers: { 'Content-Type': 'application/json', ...(etag === undefined ? {} : { 'If-Match': etag }), ...headers },
    })
  }

  /** The answer to a change of the receiver's own settings, as {section: {field: value}}. */
  async patchOwn(changes) {
    const { etag } = await this.get('/api/v1/receiver')
    return this.request('PATCH', '/api/v1/receiver', {
      body: changes,
      headers: { 'Content-Type': 'application/json', 'If-Match': etag },
    })
  }

  /** Changes the receiver's own settings; they are stored and in force when this returns. */
  async set(changes) {
    const { status, text } = await this.patchOwn(changes)
    assert.equal(status, 200, text)
  }

  /** Edits a section, based on what the receiver holds now; returns the edit once it is no longer pending. */
  async edit(mac, name, changes) {
    const { etag } = await this.section(mac, name)
    const { status, json, text } = await this.patchSection(mac, name, changes, { etag })
    assert.equal(status, 202, text)
    return this.settled(mac, json.id)
  }

  settled(mac, id, timeoutMs = PATIENCE_MS) {
    return until(
      `edit ${id} to be settled`,
      async () => {
        const edit = await this.get(`/api/v1/transmitters/${mac}/edits/${id}`)
        return edit.state !== 'pending' && edit
      },
      timeoutMs,
    )
  }

  /** Waits until everything of this transmitter is held and verified. */
  verified(mac, timeoutMs = PATIENCE_MS) {
    return until(
      `${mac} verified`,
      async () => {
        const { json } = await this.request('GET', `/api/v1/transmitters/${mac}`)
        return json.sync === 'verified' && json
      },
      timeoutMs,
    )
  }

  /** Waits until everything it shows is on its disk and survives a kill. */
  saved() {
    return until('all to be on the disk', async () => (await this.get('/api/v1/receiver')).store.saved, 20000)
  }

  async stream(path) {
    const contract = await this.contract()
    const check = (message) => contract.message(path, message)
    const stream = await Stream.open(this.url.replace('http', 'ws') + path, { check })
    this.streams.push(stream)
    return stream
  }

  cells(mac) {
    return this.stream(mac === undefined ? '/ws/cells' : `/ws/cells?mac=${mac}`)
  }

  /** /ws/state, once its initial state has arrived. */
  async state() {
    const state = await this.stream('/ws/state')
    await state.wait('ready', (message) => message.type === 'ready')
    return state
  }

  close() {
    this.streams.forEach((stream) => stream.close())
  }

  assertContractKept() {
    for (const { fault } of this.streams) if (fault) throw fault
  }
}

/** The daemon with its pages; has all methods of ReceiverAt. */
export class Receiver extends Device {
  constructor(data, args, options) {
    super('receiver', data, args, options)
  }

  async ready() {
    const [, url] = await this.says(/^(http:\/\/\S+)\/\n/, { stream: 'stdout' })
    this.web = new ReceiverAt(url)
    this.url = url
    return this
  }
}

for (const name of Object.getOwnPropertyNames(ReceiverAt.prototype)) {
  if (name === 'constructor') continue
  Receiver.prototype[name] = function (...args) {
    return this.web[name](...args)
  }
}
