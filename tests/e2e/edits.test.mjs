// Changing a transmitter's settings at a receiver, over the API.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Stranger, bootOf, datagram, editPayload, field, MESSAGE, u16 } from './support/frames.mjs'
import { homeTest } from './support/home.mjs'
import { sleep, until } from './support/wait.mjs'

const MQTT = { id: 1, tags: { port: 3 } }

homeTest('A9: a malformed change is refused at once, and nothing changes', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  const { etag } = await receiver.section(mac, 'mqtt')
  const path = `/api/v1/transmitters/${mac}/sections/mqtt`
  const json = { 'Content-Type': 'application/json', 'If-Match': etag }
  const good = { port: 1884 }

  for (const [name, status, method, at, { body, headers }] of [
    ['no If-Match', 428, 'PATCH', path, { body: good, headers: { 'Content-Type': 'application/json' } }],
    ['a stale If-Match', 409, 'PATCH', path, { body: good, headers: { ...json, 'If-Match': '"00000000-1-00000000"' } }],
    ['not JSON', 400, 'PATCH', path, { body: '{port: 1884}', headers: json }],
    ['half of it', 400, 'PATCH', path, { body: '{"port":', headers: json }],
    ['more than one', 400, 'PATCH', path, { body: '{"port":1}{"port":2}', headers: json }],
    ['an array', 400, 'PATCH', path, { body: [good], headers: json }],
    ['a number', 400, 'PATCH', path, { body: '7', headers: json }],
    ['a key twice', 400, 'PATCH', path, { body: '{"port":1884,"port":1885}', headers: json }],
    ['nested without end', 400, 'PATCH', path, { body: '['.repeat(5000), headers: json }],
    ['nothing', 400, 'PATCH', path, { body: '', headers: json }],
    ['no field', 422, 'PATCH', path, { body: {}, headers: json }],
    ['text/plain', 415, 'PATCH', path, { body: good, headers: { ...json, 'Content-Type': 'text/plain' } }],
    ['no type', 415, 'PATCH', path, { body: good, headers: { 'If-Match': etag } }],
    ['no length', 411, 'PATCH', path, { body: good, headers: { ...json, 'Transfer-Encoding': 'chunked' } }],
    ['too large', 413, 'PATCH', path, { body: { server: 'x'.repeat(20000) }, headers: json }],
    ['a foreign path', 404, 'PATCH', '/api/v1/nothing', { body: good, headers: json }],
    ['another transmitter', 404, 'PATCH', path.replace(mac, '02:00:00:00:00:99'), { body: good, headers: json }],
    ['no transmitter', 404, 'PATCH', path.replace(mac, 'everyone'), { body: good, headers: json }],
    ['no section', 404, 'PATCH', path.replace('mqtt', 'colours'), { body: good, headers: json }],
    ["the receiver's section", 404, 'PATCH', path.replace('mqtt', 'display'), { body: good, headers: json }],
    ['no edit', 404, 'GET', `/api/v1/transmitters/${mac}/edits/0123456789abcdef`, {}],
    ['no id', 404, 'GET', `/api/v1/transmitters/${mac}/edits/7`, {}],
    ['PUT', 405, 'PUT', path, { body: good, headers: json }],
    ['DELETE', 405, 'DELETE', path, {}],
  ]) {
    const answer = await receiver.request(method, at, { body, headers })
    assert.equal(answer.status, status, `${name}: ${answer.text}`)
    assert.equal(typeof answer.json?.error, 'string', `${name}: ${answer.text}`)
    if (status === 405) assert.match(answer.headers.allow, /GET.*PATCH/, name)
    if (status === 409) {
      assert.equal(answer.json.current.etag, etag)
      assert.equal(answer.json.current.values.port, 1883)
    }
  }
  await sleep(200)
  assert.equal((await receiver.section(mac, 'mqtt')).etag, etag)
  assert.equal((await transmitter.get('mqtt.port'))['mqtt.port'], '1883')
})

homeTest('A9: an invalid value gets 422 with a reason for each field', async (home) => {
  const { receiver, mac } = await home.pair()
  for (const [section, changes, reasons] of [
    ['mqtt', { port: 70000, keepalive_s: 1 }, { port: /1 to 65535/, keepalive_s: /5 to 3600/ }],
    ['mqtt', { port: '1884' }, { port: /./ }],
    ['mqtt', { port: 1884.5 }, { port: /./ }],
    ['mqtt', { port: null }, { port: /./ }],
    ['mqtt', { port: 1e300 }, { port: /./ }],
    ['mqtt', { server: 'x'.repeat(64) }, { server: /63/ }],
    ['mqtt', { server: 'a\nb' }, { server: /./ }],
    ['mqtt', { server: { name: 'x' } }, { server: /./ }],
    ['mqtt', { password: true }, { password: /./ }],
    ['mqtt', { colour: 'red', port: 1884 }, { colour: /./ }],
    ['mqtt', { enabled: true }, { '*': /Publishing needs a server/ }],
    ['battery', { chemistry: 'coal' }, { chemistry: /./ }],
    ['battery', { temperature_min_c: -41 }, { temperature_min_c: /-40 to 100/ }],
    ['battery', { soc_min_pct: 90 }, { '*': /must be below the highest/ }],
    ['network', { address: '192.168.1' }, { address: /./ }],
    ['network', { mode: 'static' }, { '*': /Static addressing needs an address/ }],
    ['power_profile', { charge_limit_w: Array(49).fill(1) }, { charge_limit_w: /48/ }],
    ['power_profile', { charge_limit_w: [60001] }, { charge_limit_w: /./ }],
    ['power_profile', { charge_limit_w: ['1'] }, { charge_limit_w: /./ }],
    ['metadata', { mac: '02:00:00:00:00:01' }, { mac: /./ }],
    ['metadata', { device_name: 'x', git_commit: 'y' }, { git_commit: /./ }],
  ]) {
    const { etag } = await receiver.section(mac, section)
    const answer = await receiver.patchSection(mac, section, changes, { etag })
    const text = `${JSON.stringify(changes)}: ${answer.text}`
    assert.equal(answer.status, 422, text)
    for (const [field, reason] of Object.entries(reasons)) {
      const given = field === '*' ? Object.values(answer.json.reasons).join() : answer.json.reasons[field]
      assert.match(given ?? '', reason, text)
    }
    assert.equal((await receiver.section(mac, section)).etag, etag, text)
  }
})

homeTest(
  'A9: an edit is pending, then confirmed: stored, fetched, verified and pushed, with its version',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const state = await receiver.state()
    const before = await receiver.section(mac, 'mqtt')
    const answer = await receiver.patchSection(
      mac,
      'mqtt',
      { server: '192.168.1.221', port: 1884 },
      { etag: before.etag },
    )
    assert.equal(answer.status, 202)
    const { id, state: now, yours } = answer.json
    assert.match(id, /^[0-9a-f]{16}$/)
    assert.equal(now, 'pending')
    assert.deepEqual(yours, { server: '192.168.1.221', port: 1884 })
    assert.equal(answer.headers.location, `/api/v1/transmitters/${mac}/edits/${id}`)

    const confirmed = await state.edit(id, 'confirmed')
    assert.equal(confirmed.version, before.version + 1)
    const pushed = state.messages.findIndex(
      ({ section }) => section?.name === 'mqtt' && section.version === confirmed.version,
    )
    assert.notEqual(pushed, -1, 'the section was pushed')
    const held = await receiver.section(mac, 'mqtt')
    assert.equal(held.version, confirmed.version)
    assert.equal(held.sync, 'verified')
    assert.equal(held.values.port, 1884)
    assert.deepEqual(held.values, { ...before.values, server: '192.168.1.221', port: 1884 })
    assert.equal((await receiver.get(answer.headers.location)).state, 'confirmed')
    assert.deepEqual(await transmitter.get('mqtt.server', 'mqtt.port'), {
      'mqtt.server': '192.168.1.221',
      'mqtt.port': '1884',
    })
  },
)

homeTest('A9 A11: an edit larger than a frame is confirmed', async (home) => {
  const { receiver, mac } = await home.pair()
  const changes = {
    charge_limit_w: Array.from({ length: 48 }, (_, index) => index * 1000),
    discharge_limit_w: Array.from({ length: 48 }, (_, index) => 60000 - index),
    soc_reserve_pct: Array.from({ length: 48 }, (_, index) => index),
  }
  assert.equal((await receiver.edit(mac, 'power_profile', changes)).state, 'confirmed')
  const { values } = await receiver.section(mac, 'power_profile')
  assert.deepEqual({ ...values, enabled: undefined }, { ...changes, enabled: undefined })
})

homeTest(
  'A9: if two receivers edit the same content, one is confirmed and the other sees both values',
  async (home) => {
    const { receiver: kitchen, transmitter, mac } = await home.pair()
    const hall = await home.receiver({ name: 'hall' })
    await home.meets(hall, transmitter)
    const etag = (await kitchen.section(mac, 'mqtt')).etag
    assert.equal((await hall.section(mac, 'mqtt')).etag, etag)

    const [first, second] = await Promise.all([
      kitchen.patchSection(mac, 'mqtt', { port: 1001 }, { etag }),
      hall.patchSection(mac, 'mqtt', { port: 1002 }, { etag }),
    ])
    assert.equal(first.status, 202, first.text)
    const outcomes = [await kitchen.settled(mac, first.json.id)]
    if (second.status === 202) {
      outcomes.push(await hall.settled(mac, second.json.id))
    } else {
      // the other's edit had already arrived
      assert.equal(second.status, 409, second.text)
      return
    }
    assert.deepEqual(outcomes.map(({ state }) => state).sort(), ['confirmed', 'conflict'])
    const won = outcomes.find(({ state }) => state === 'confirmed')
    const lost = outcomes.find(({ state }) => state === 'conflict')
    const loser = outcomes[0] === lost ? kitchen : hall
    const shown = await until('both values', async () => {
      const edit = await loser.get(`/api/v1/transmitters/${mac}/edits/${lost.id}`)
      return edit.theirs && edit
    })
    assert.deepEqual(shown.theirs, won.yours)
    assert.deepEqual(shown.yours, lost.yours)
    for (const receiver of [kitchen, hall]) {
      await receiver.verified(mac)
      assert.equal((await receiver.section(mac, 'mqtt')).values.port, won.yours.port)
    }
  },
)

homeTest('A9: a change at the transmitter between reading and saving makes the edit a conflict', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  const state = await receiver.state()
  const { etag } = await receiver.section(mac, 'battery')
  await transmitter.set('battery.cell_count=108')
  await state.section('battery', { cell_count: 108 })
  const answer = await receiver.patchSection(mac, 'battery', { cell_count: 104 }, { etag })
  assert.equal(answer.status, 409)
  assert.equal(answer.json.current.values.cell_count, 108)
})

homeTest(
  'A9: an edit that arrives twice is applied once and answered the same, even across a kill -9',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const stranger = await Stranger.open(home)
    const before = await receiver.section(mac, 'mqtt')
    const src = '02:00:00:00:0e:01'
    const boot = bootOf(
      await stranger.wait('a beacon', ({ src: of, message }) => of === mac && message === MESSAGE.BEACON, {
        timeoutMs: 16000,
      }),
    )
    const payload = editPayload({
      id: 0x1122334455667788n,
      etag: before.etag,
      boot,
      section: MQTT.id,
      changes: field(MQTT.tags.port, u16(1999)),
    })
    let seq = 0
    const send = (to) =>
      until('an answer', async () => {
        // again and again, as a receiver does
        const from = stranger.mark
        await stranger.toTransmitters(datagram({ src, dst: to.mac, message: MESSAGE.EDIT, seq: ++seq, payload }))
        await sleep(50)
        return stranger.heard
          .slice(from)
          .find(({ message, dst }) => message === MESSAGE.EDIT_RESULT && dst === src)
          ?.payload.toString('hex')
          .replace(/^(.{16}).{8}/, '$1') // but for the boot that answers
      })
    const first = await send(transmitter)
    assert.equal(first.slice(18, 20), '00', 'applied') // after id and section
    assert.equal(await send(transmitter), first)
    await transmitter.set('mqtt.port=2000')
    assert.equal(await send(transmitter), first)

    await transmitter.kill()
    const again = await home.transmitter()
    assert.equal(again.mac, mac)
    assert.equal(await send(again), first)
    assert.equal((await again.get('mqtt.port'))['mqtt.port'], '2000', 'not applied again')
    await receiver.verified(mac)
    assert.equal((await receiver.section(mac, 'mqtt')).version, before.version + 2)
  },
)

homeTest('A9: while the transmitter is offline, a change gets 503 with the reason', async (home) => {
  const { receiver, transmitter, mac } = await home.pair()
  const state = await receiver.state()
  await transmitter.stop()
  const offline = await state.transmitter('offline', ({ link }) => link === 'Offline')
  assert.equal(offline.editable, false)
  assert.match(offline.edit_blocked_reason, /offline/i)
  const { etag } = await receiver.section(mac, 'mqtt')
  const answer = await receiver.patchSection(mac, 'mqtt', { port: 1884 }, { etag })
  assert.equal(answer.status, 503)
  assert.match(answer.json.error, /offline/)
})

homeTest(
  'A9: an edit that nobody answers times out after 5 s, and is confirmed once it is seen to have been applied',
  async (home) => {
    const { receiver, transmitter, mac } = await home.pair()
    const state = await receiver.state()
    const { etag } = await receiver.section(mac, 'mqtt')
    transmitter.signal('SIGSTOP')
    const begunMs = performance.now()
    const { status, json } = await receiver.patchSection(mac, 'mqtt', { port: 1884 }, { etag })
    assert.equal(status, 202)
    await state.edit(json.id, 'timed_out', { timeoutMs: 20000 })
    const tookMs = performance.now() - begunMs
    assert.ok(tookMs > 4800 && tookMs < 15000, `timed out after ${tookMs} ms`)
    transmitter.signal('SIGCONT')
    await state.edit(json.id, 'confirmed')
    assert.equal((await receiver.section(mac, 'mqtt')).values.port, 1884)
  },
)

homeTest('G0: a secret set over the API is in no answer, no push, no log and no file of the receiver', async (home) => {
  const secret = 'zRtP-4711-geheim'
  const { receiver, transmitter, mac } = await home.pair()
  const state = await receiver.state()
  const edit = await receiver.edit(mac, 'mqtt', { password: secret, username: 'home' })
  assert.equal(edit.state, 'confirmed')
  assert.deepEqual(edit.yours, { password: { set: true }, username: 'home' })
  assert.deepEqual((await receiver.section(mac, 'mqtt')).values.password, { set: true })
  const { etag } = await receiver.section(mac, 'mqtt')
  const refused = await receiver.patchSection(mac, 'mqtt', { password: secret, port: 0 }, { etag })
  assert.equal(refused.status, 422)
  const stale = await receiver.patchSection(mac, 'mqtt', { password: secret }, { etag: '"00000000-1-00000000"' })
  assert.equal(stale.status, 409)

  const answers = [refused.text, stale.text]
  for (const path of [
    '/api/v1/receiver',
    '/api/v1/schema',
    '/api/v1/transmitters',
    `/api/v1/transmitters/${mac}`,
    `/api/v1/transmitters/${mac}/sections`,
    `/api/v1/transmitters/${mac}/edits/${edit.id}`,
    '/api/get_mqtt_config',
  ]) {
    answers.push((await receiver.request('GET', path)).text)
  }
  answers.push(
    (await receiver.command('status')).stdout,
    (await transmitter.command('status')).stdout,
    (await transmitter.command('get')).stdout,
    JSON.stringify(state.messages),
  )
  await receiver.stop()
  answers.push(receiver.stderr, transmitter.stderr)
  for (const name of readdirSync(receiver.data, { recursive: true })) {
    const path = join(receiver.data, name)
    if (statSync(path).isFile()) answers.push(readFileSync(path, 'latin1'))
  }
  assert.ok(
    answers.some((text) => text.includes('tx_cache')),
    'the database was among what was searched',
  )
  for (const text of answers) assert.ok(!text.includes(secret), text.slice(0, 500))
})

homeTest('G0: over a link that others can overhear, either side refuses a secret, with the reason', async (home) => {
  home.linkOptions = ',group=239.192.86.66,bind=127.0.0.1'
  const { receiver, mac } = await home.pair()
  const own = await receiver.get('/api/v1/receiver')
  assert.equal(own.secrets_editable, false)
  assert.match(own.secrets_blocked_reason, /loopback/)
  const before = await receiver.section(mac, 'mqtt')
  const refused = await receiver.patchSection(mac, 'mqtt', { password: 'x' }, { etag: before.etag })
  assert.equal(refused.status, 422)
  assert.match(refused.json.reasons.password, /--allow-unsealed-secrets/)

  const bold = await home.receiver({ name: 'bold', args: ['--allow-unsealed-secrets'] })
  await bold.verified(mac)
  const edit = await bold.edit(mac, 'mqtt', { password: 'x' })
  assert.equal(edit.state, 'refused')
  assert.match(edit.reasons.password, /--allow-unsealed-secrets/)
  assert.equal((await receiver.section(mac, 'mqtt')).etag, before.etag)
  assert.equal((await receiver.edit(mac, 'mqtt', { username: 'home' })).state, 'confirmed', 'what is no secret travels')
})

homeTest(
  "B1 A9: the receiver's own settings change at once, with the same rules, and survive kill -9",
  async (home) => {
    const receiver = await home.receiver()
    const state = await receiver.state()
    const patch = (body, etag) =>
      receiver.request('PATCH', '/api/v1/receiver', {
        body,
        headers: { 'Content-Type': 'application/json', ...(etag ? { 'If-Match': etag } : {}) },
      })
    const { etag } = await receiver.get('/api/v1/receiver')
    const good = { receiver: { device_name: 'Hall' }, display: { theme: 'dark' } }
    assert.equal((await patch(good)).status, 428)
    assert.equal((await patch(good, '"0"')).status, 409)
    const bad = await patch({ receiver: { device_name: 'Hall', web_port: 0 }, display: { theme: 'pink' } }, etag)
    assert.equal(bad.status, 422, bad.text)
    assert.equal((await receiver.get('/api/v1/receiver')).etag, etag, 'nothing of it')
    assert.equal((await patch({ mqtt: { port: 1 } }, etag)).status, 422)

    const answer = await patch(good, etag)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.json.name, 'Hall')
    assert.equal(answer.json.sections.display.values.theme, 'dark')
    await state.wait('the push', ({ type, receiver: pushed }) => type === 'receiver' && pushed.name === 'Hall')
    await receiver.kill()
    const again = await home.receiver()
    assert.equal((await again.get('/api/v1/receiver')).name, 'Hall')
  },
)
