// Hostile HTTP requests are refused and counted, and change nothing.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { homeTest } from './support/home.mjs'
import { assertRefused } from './support/program.mjs'
import { Stream } from './support/sockets.mjs'
import { sleep, until } from './support/wait.mjs'

const GROWTH_KB_MAX = 20 * 1024

const portOf = (receiver) => Number(new URL(receiver.url).port)

/** Sends raw bytes; returns what came back until the other side closed, or within waitMs. */
function raw(receiver, bytes, waitMs = 1000) {
  return new Promise((resolve) => {
    const socket = connect(portOf(receiver), '127.0.0.1')
    let answer = ''
    const end = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(end, waitMs)
    socket
      .setEncoding('latin1')
      .on('data', (text) => (answer += text))
      .on('error', end)
      .on('close', end)
    socket.write(bytes)
  })
}

async function refusals(receiver) {
  const status = await receiver.status()
  return Object.keys(status)
    .filter((key) => key.startsWith('web_refused_'))
    .reduce((sum, key) => sum + status[key], 0)
}

homeTest('G0: a foreign Host or Origin is refused and counted, on API, pages and WebSockets', async (home) => {
  const { receiver, mac } = await home.pair()
  const { etag } = await receiver.section(mac, 'mqtt')
  const before = await refusals(receiver)
  const origin = { Origin: 'http://evil.example' }
  for (const path of ['/', '/settings', '/api/v1/receiver', `/api/v1/transmitters/${mac}/sections/mqtt`]) {
    for (const Host of ['evil.example', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example']) {
      assert.equal((await receiver.request('GET', path, { headers: { Host } })).status, 403, `${Host} ${path}`)
    }
    assert.equal((await receiver.request('GET', path, { headers: origin })).status, 403)
    assert.equal((await receiver.request('GET', path, { headers: { Origin: 'null' } })).status, 403)
  }
  const patch = await receiver.patchSection(mac, 'mqtt', { port: 1 }, { etag, headers: origin })
  assert.equal(patch.status, 403)
  assert.match(patch.json.error, /evil\.example/)
  const ws = receiver.url.replace('http', 'ws')
  for (const path of ['/ws/state', '/ws/cells']) {
    assert.equal(await Stream.refusal(ws + path, { headers: origin }), 403)
    assert.equal(await Stream.refusal(ws + path, { headers: { Host: 'evil.example' } }), 403)
  }
  assert.equal((await receiver.section(mac, 'mqtt')).etag, etag)
  assert.ok((await refusals(receiver)) >= before + 29)

  const port = portOf(receiver)
  for (const Host of [`localhost:${port}`, `127.0.0.1:${port}`, '192.168.1.5', '[::1]:8080']) {
    assert.equal((await receiver.request('GET', '/api/v1/receiver', { headers: { Host } })).status, 200, Host)
  }
  const named = await home.receiver({ name: 'named', args: ['--host', 'pack.home'] })
  assert.equal((await named.request('GET', '/api/v1/receiver', { headers: { Host: 'PACK.home' } })).status, 200)
})

homeTest(
  'E4: a WebSocket on another path, with another protocol or version, or for no MAC is refused',
  async (home) => {
    const { receiver } = await home.pair()
    const ws = receiver.url.replace('http', 'ws')
    for (const path of ['/ws', '/ws/', '/ws/other', '/ws/cells/x', '/', '/api/v1/receiver']) {
      assert.equal(await Stream.refusal(ws + path), 404, path)
    }
    assert.equal(await Stream.refusal(`${ws}/ws/cells?mac=everyone`), 400)
    const handshake = (extra) =>
      raw(
        receiver,
        [
          'GET /ws/state HTTP/1.1',
          'Host: localhost',
          'Upgrade: websocket',
          'Connection: Upgrade',
          ...extra,
          '',
          '',
        ].join('\r\n'),
      )
    for (const extra of [
      ['Sec-WebSocket-Version: 13'],
      ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 8'],
      ['Sec-WebSocket-Key: short', 'Sec-WebSocket-Version: 13'],
      ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: chat'],
    ])
      assert.match(await handshake(extra), /^HTTP\/1\.1 400/, String(extra))
    assert.equal((await receiver.request('GET', '/ws/cells')).status, 426)
  },
)

homeTest('E4: whatever a client sends on a WebSocket is ignored, however large or malformed', async (home) => {
  const { receiver, transmitter } = await home.pair()
  const state = await receiver.state()
  const size = receiver.residentSize()
  state.socket.send('{"type":"edit","section":"mqtt"}')
  state.socket.send(Buffer.alloc(2 * 1024 * 1024, 0x20))
  state.socket.ping('are you there')
  await transmitter.set('mqtt.port=1884')
  await state.section('mqtt', { port: 1884 })
  const handshake = [
    'GET /ws/state HTTP/1.1',
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '',
    '',
  ].join('\r\n')
  for (const frame of [
    [0x81, 0x05, 1, 2, 3, 4, 5],
    [0xff, 0xff, 0xff],
    [0x89, 0xfe, 0xff, 0xff, 0, 0, 0, 0],
    [0x88, 0x81, 1, 2, 3, 4, 5],
  ]) {
    await raw(receiver, Buffer.concat([Buffer.from(handshake), Buffer.from(frame)]), 200)
  }
  assert.equal((await receiver.get('/api/v1/receiver')).mac.length, 17)
  assert.ok(receiver.residentSize() - size < GROWTH_KB_MAX)
})

homeTest('malformed requests are refused and break nothing', async (home) => {
  const { receiver, mac } = await home.pair()
  const { etag } = await receiver.section(mac, 'mqtt')
  const path = `/api/v1/transmitters/${mac}/sections/mqtt`
  const patch = (...headers) =>
    [
      `PATCH ${path} HTTP/1.1`,
      'Host: localhost',
      'Content-Type: application/json',
      `If-Match: ${etag}`,
      ...headers,
      '',
      '{"port":1884}',
    ].join('\r\n')
  for (const [name, text, status] of [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET /api/v1/receiver HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n', 400],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n', 400],
    ['a length twice', patch('Content-Length: 13', 'Content-Length: 5'), 400],
    ['a list of lengths', patch('Content-Length: 13, 13'), 400],
    ['a negative length', patch('Content-Length: -1'), 400],
    ['a length in hex', patch('Content-Length: 0x0d'), 400],
    ['an endless length', patch('Content-Length: 99999999999999999999'), null],
    ['length and chunks', patch('Content-Length: 13', 'Transfer-Encoding: chunked'), 411],
    ['no length', patch(), 411],
    ['too much', patch('Content-Length: 20000'), 413],
    ['a body on GET', 'GET /api/v1/receiver HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}', 400],
    ['a path with %00', 'GET /api/v1/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n', null],
    ['half an escape', 'GET /api/v1/receiver%2 HTTP/1.1\r\nHost: localhost\r\n\r\n', null],
    ['a path out of the root', 'GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n', null],
    ['the same in disguise', 'GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n', null],
    ['a long path', `GET /api/v1/${'x'.repeat(3000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, null],
    ['long headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100000)}\r\n\r\n`, null],
    ['many headers', `GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(5000)}\r\n`, null],
    ['no method', ' / HTTP/1.1\r\nHost: localhost\r\n\r\n', null],
    ['another method', 'FROB / HTTP/1.1\r\nHost: localhost\r\n\r\n', null],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + 'x'.repeat(200), null],
    ['only ends of lines', '\r\n'.repeat(500), null],
    ['zeroes', '\0'.repeat(2000), null],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', null],
  ]) {
    const answer = await raw(receiver, Buffer.from(text, 'latin1'), status === null ? 300 : 2000)
    const given = Number(/^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1] ?? 0)
    if (status !== null) assert.equal(given, status, `${name}: ${answer.slice(0, 200)}`)
    else assert.ok(given === 0 || given >= 400 || !/root:/.test(answer), `${name}: ${answer.slice(0, 200)}`)
    assert.equal(receiver.exit, undefined, name)
  }
  assert.equal((await receiver.section(mac, 'mqtt')).etag, etag)
  assert.ok((await refusals(receiver)) >= 9)
})

homeTest(
  'more connections than there is room for, half of them silent, keep nobody out for long and cost no memory',
  async (home) => {
    const { receiver, mac } = await home.pair()
    const size = receiver.residentSize()
    const cells = await receiver.cells()
    const sockets = Array.from({ length: 260 }, (_, index) => {
      const socket = connect(portOf(receiver), '127.0.0.1')
      socket.on('error', () => {})
      if (index % 2) socket.write('GET /api/v1/rec')
      return socket
    })
    home.onClose(() => sockets.forEach((socket) => socket.destroy()))
    await sleep(500)
    const from = cells.mark
    await sleep(1000)
    assert.ok(cells.mark - from >= 3, 'who was there goes on')
    assert.ok((await refusals(receiver)) > 0)
    sockets.slice(0, 130).forEach((socket) => socket.destroy())
    await until('a place', () => receiver.get('/api/v1/receiver').catch(() => false))
    assert.equal((await receiver.edit(mac, 'mqtt', { port: 1884 })).state, 'confirmed')
    await until('the mute are shown out', async () => sockets.slice(130).every((socket) => socket.closed), 15000)
    assert.ok(receiver.residentSize() - size < GROWTH_KB_MAX)
  },
)

homeTest('F2 G0: pages come only from the receiver, gzipped, with headers that keep others out', async (home) => {
  const receiver = await home.receiver()
  for (const path of ['/', '/settings', '/monitoring']) {
    const { status, headers } = await receiver.request('GET', path, { headers: { 'Accept-Encoding': 'gzip' } })
    assert.equal(status, 200, path)
    assert.equal(headers['content-encoding'], 'gzip')
    assert.match(headers['content-type'], /^text\/html/)
    assert.match(headers['content-security-policy'], /default-src 'self'.*frame-ancestors 'none'/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    const again = await receiver.request('GET', path, {
      headers: { 'Accept-Encoding': 'gzip', 'If-None-Match': headers.etag },
    })
    assert.equal(again.status, 304)
    const plain = await receiver.request('GET', path) // a client that does not offer to accept gzip
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.match(plain.text, /<html/)
    assert.notEqual(plain.headers.etag, headers.etag)
  }
  assert.equal((await receiver.request('GET', '/missing.js')).status, 404)
  assert.equal((await receiver.request('POST', '/', { body: 'x' })).status, 405)
})

homeTest(
  'E4: a WebSocket that does not read for a while gets a few old messages, and then the newest',
  async (home) => {
    const { receiver, mac } = await home.pair()
    const [sleeper, reader] = [await receiver.cells(mac), await receiver.cells(mac)]
    await sleeper.wait('a reading', () => true)
    sleeper.socket.pause()
    const from = reader.mark
    await until('two hundred readings for who reads', () => reader.mark - from >= 200, 60000)
    const [asleep, newest] = [sleeper.mark, reader.messages.at(-1).sequence]
    sleeper.socket.resume()
    await sleeper.wait('the newest', ({ sequence }) => sequence >= newest, { from: asleep })
    const old = sleeper.messages.slice(asleep).filter(({ sequence }) => sequence < newest)
    assert.ok(old.length <= 25, `${old.length} old messages`)
    const { mark } = sleeper
    await until('it goes on as before', () => sleeper.mark - mark >= 30)
  },
)

homeTest("F2: 200 WebSockets of one client leave room for others' pages", async (home) => {
  const receiver = await home.receiver({ args: ['--http', '0.0.0.0:0', '--insecure-no-login'] })
  const url = receiver.url.replace('0.0.0.0', '127.0.0.1')
  const sockets = await Promise.allSettled(
    Array.from({ length: 200 }, () => Stream.open(`${url.replace('http', 'ws')}/ws/cells`)),
  )
  home.onClose(() => sockets.forEach(({ value }) => value?.close()))
  assert.ok(sockets.some(({ status }) => status === 'rejected'))
  const { status } = await receiver.call('GET', '/', { localAddress: '127.0.0.2' })
  assert.equal(status, 200)
})

homeTest('a receiver serves localhost, and refuses bad options before it touches its folder', async (home) => {
  const receiver = await home.receiver({ args: ['--http', 'localhost:0'] })
  assert.equal((await receiver.request('GET', '/')).status, 200)
  for (const http of ['192.0.2.77:8080', 'nonsense', '127.0.0.1:99999']) {
    await assertRefused(['receiver', '--data', home.path('fresh'), ...home.link, '--http', http], /--http/)
    assert.equal(existsSync(home.path('fresh')), false)
  }
})
