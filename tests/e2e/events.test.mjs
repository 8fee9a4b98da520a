// Alarms, from a weak cell at the transmitter to the page that acknowledges them, and the black box's recording.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeTest } from './support/home.mjs'
import { PACK_CELLS, writePack } from './support/pack_file.mjs'
import { assertRefused, EXIT, voltbeacon } from './support/program.mjs'
import { PATIENCE_MS, sleep, until } from './support/wait.mjs'

const LOW_MV = 2700 // below the default limit of 2800 mV

/** A pack at rest, whose cell number 5 drops at the third second; ten rows a second. */
const weakPack = (home) =>
  writePack(home.path('weak.csv'), {
    spoil: (cells, row) => {
      if (row >= 30) cells[4] = LOW_MV
    },
  })

const pairWithWeakCell = (home) => home.pair({ transmitter: { source: weakPack(home), args: ['--loop'] } })

const events = async (receiver, query = '') => (await receiver.get(`/api/v1/events${query}`)).events

const theAlarm = (receiver) =>
  until('the alarm of cell 5', async () => (await events(receiver, '?kind=cell_under_voltage'))[0], 10000)

const acknowledge = (receiver, id) => receiver.request('POST', `/api/v1/events/${id}/acknowledge`, { body: '' })

const recordingOf = async (receiver, state) =>
  until(
    `a recording that is ${state}`,
    async () => (await receiver.get('/api/v1/recordings')).recordings.find((recording) => recording.state === state),
    60000,
  )

homeTest(
  'E6: a low cell raises one alarm that names it, in the list, over /ws/state and in the overview',
  async (home) => {
    const receiver = await home.receiver()
    const state = await receiver.state() // before the alarm: what is open already is not pushed
    const { mac } = await home.transmitter({ source: weakPack(home), args: ['--loop'] })
    const pushed = await state.wait(
      'the alarm',
      ({ type, event }) => type === 'event' && event.kind === 'cell_under_voltage',
    )
    const alarm = await theAlarm(receiver)
    assert.equal(alarm.id, pushed.event.id)
    assert.deepEqual(
      [alarm.type, alarm.mac, alarm.level, alarm.cell, alarm.value, alarm.threshold, alarm.unit, alarm.end],
      ['alarm', mac, 'alert', 5, LOW_MV, 2800, 'mV', null],
    )
    assert.match(alarm.text, /Cell 5/)
    assert.ok(Math.abs(Date.now() - Date.parse(alarm.begin)) < PATIENCE_MS, alarm.begin)
    await sleep(2000) // twenty more readings of the same
    assert.equal((await events(receiver, '?kind=cell_under_voltage')).length, 1, 'once per occurrence')
    const { alarms } = await receiver.transmitter(mac)
    assert.equal(alarms.worst, 'alert')
    assert.equal(alarms.open, (await events(receiver, '?type=alarm&open=true')).length)
    await receiver.says(/alert begins: Cell 5 is at 2700 mV/)
    const kinds = (await events(receiver, '?type=state')).map(({ kind }) => kind)
    assert.deepEqual(kinds, ['link_connected', 'receiver_started'])
  },
)

homeTest(
  'E6: an alarm continues as the same one after kill -9, stays acknowledged, and ends with the fault',
  async (home) => {
    const { receiver, transmitter, mac } = await pairWithWeakCell(home)
    const alarm = await theAlarm(receiver)
    const state = await receiver.state()
    const answer = await acknowledge(receiver, alarm.id)
    assert.equal(answer.status, 200, answer.text)
    assert.ok(answer.json.acknowledged)
    await state.wait(
      'it is acknowledged',
      ({ type, event }) => type === 'event' && event.id === alarm.id && event.acknowledged,
    )
    await receiver.saved()
    await receiver.kill()

    const again = await home.receiver()
    await sleep(2000)
    const [same, ...others] = await events(again, '?kind=cell_under_voltage')
    assert.deepEqual(others, [])
    assert.equal(same.id, alarm.id)
    assert.equal(same.begin, alarm.begin)
    assert.equal(same.acknowledged, answer.json.acknowledged)
    assert.equal(
      (await acknowledge(again, alarm.id)).json.acknowledged,
      answer.json.acknowledged,
      'a second time changes nothing',
    )

    await transmitter.set('battery.cell_min_mv=2000') // the owner decides that this is no fault: the limits act at once
    const ended = await until(
      'its end',
      async () => (await events(again, '?kind=cell_under_voltage')).find(({ end }) => end !== null),
      10000,
    )
    assert.equal(ended.id, alarm.id)
    assert.ok(ended.duration_s > 2)
    assert.equal((await again.transmitter(mac)).alarms.open, (await events(again, '?type=alarm&open=true')).length)
  },
)

homeTest(
  "E6: an alert's black box is written, listed, downloaded, and plays as a source; a crash keeps it",
  async (home) => {
    const { receiver, transmitter } = await pairWithWeakCell(home)
    const alarm = await theAlarm(receiver)
    const under = await recordingOf(receiver, 'under_way')
    assert.equal(alarm.recording, `/api/v1/recordings/${under.name}`)
    assert.match(under.name, /^\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{12}-[a-z-]+-cell5\.jsonl$/)
    await until('it is on the disk', () => readdirSync(join(receiver.data, 'recordings')).includes(under.name))
    await receiver.kill()
    const again = await home.receiver()
    const cut = await recordingOf(again, 'cut')
    assert.equal(cut.name, under.name)
    const { status, text, headers } = await again.request('GET', alarm.recording)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/x-ndjson')
    assert.equal(headers['content-disposition'], `attachment; filename="${under.name}"`)
    assert.equal(text.length, cut.bytes)
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(lines[0].voltbeacon_recording, 1)
    assert.ok(
      lines.some(({ event }) => event?.cell === 5),
      'the alarm is in it',
    )
    assert.ok(
      lines.some(({ link }) => link),
      'so are figures of the link',
    )
    const recorded = lines.filter(({ reading }) => reading).map(({ reading }) => reading)
    assert.ok(recorded.some(({ cells_mv: cells }) => cells[4] === LOW_MV))
    assert.ok(
      recorded.some(({ cells_mv: cells }) => cells[4] > LOW_MV),
      'what was before is in it',
    )

    await transmitter.stop()
    const file = home.path('black-box.jsonl')
    writeFileSync(file, text)
    const player = await home.transmitter({ name: 'player', source: `recording:${file}` })
    await player.says(/recording .*black-box\.jsonl of .*cut off/)
    const cells = await until(
      'it plays',
      async () => {
        const answer = await again.request('GET', `/api/v1/transmitters/${player.mac}/cells`)
        return answer.status === 200 && answer.json.cells.length === PACK_CELLS && answer.json
      },
      10000,
    )
    assert.ok(recorded.some((reading) => JSON.stringify(reading.cells_mv) === JSON.stringify(cells.cells)))
  },
)

homeTest('a recording on demand holds what came before and what follows, and is complete', async (home) => {
  const { receiver, mac } = await home.pair()
  const readings = await until(
    'a few seconds of readings',
    async () =>
      (await receiver.transmitter(mac)).quality.readings > 20 && (await receiver.transmitter(mac)).quality.readings,
    10000,
  )
  const headers = { 'Content-Type': 'application/json' }
  const begun = await receiver.request('POST', '/api/v1/recordings', { body: { mac, seconds: 2 }, headers })
  assert.equal(begun.status, 202, begun.text)
  const busy = await receiver.request('POST', '/api/v1/recordings', { body: { mac, seconds: 2 }, headers })
  assert.equal(busy.status, 409)
  const complete = await recordingOf(receiver, 'complete')
  const { text } = await receiver.request('GET', begun.headers.location)
  const lines = text.trimEnd().split('\n')
  assert.deepEqual(JSON.parse(lines.at(-1)), { end: { lines: lines.length - 1 } })
  assert.ok(lines.filter((line) => line.includes('"reading"')).length >= readings + 15)
  assert.ok(Date.parse(complete.end) - Date.parse(complete.begin) >= 3500)
  const stranger = await receiver.request('POST', '/api/v1/recordings', {
    body: { mac: '02:00:00:00:00:99', seconds: 2 },
    headers,
  })
  assert.equal(stranger.status, 404)
})

homeTest("no recording's name leads out of its folder, and strangers may not acknowledge", async (home) => {
  const receiver = await home.receiver()
  assert.ok(existsSync(join(receiver.data, 'events.db')))
  for (const name of [
    '..%2Fevents.db',
    '%2e%2e%2Fevents.db',
    '..%5Cevents.db',
    'events.db',
    '.',
    '%2Fetc%2Fpasswd',
    'a%00.jsonl',
  ]) {
    // The web server hangs up on some of these by itself.
    const { status } = await receiver
      .request('GET', `/api/v1/recordings/${name}`)
      .catch(({ code }) => ({ status: code }))
    assert.ok([400, 404, 'ECONNRESET'].includes(status), `${name}: ${status}`)
  }
  const [{ id }] = await events(receiver)
  const foreign = await receiver.request('POST', `/api/v1/events/${id}/acknowledge`, {
    body: '',
    headers: { Origin: 'http://evil.example' },
  })
  assert.equal(foreign.status, 403)
})

homeTest(
  'voltbeacon record writes any source to a file that can be played, and never overwrites a file',
  async (home) => {
    const file = home.path('sim.jsonl')
    const recorded = await voltbeacon([
      'record',
      '--source',
      'sim:cells=12',
      '--out',
      file,
      '--seconds',
      '30',
      '--fast',
    ])
    assert.equal(recorded.code, 0, recorded.stderr)
    const lines = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(lines.at(-1).end.lines, lines.length - 1)
    assert.equal(lines[1].reading.cells_mv.length, 12)
    const again = home.path('again.jsonl')
    await voltbeacon(['record', '--source', `recording:${file}`, '--out', again, '--fast'])
    const samples = (path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"reading"'))
    assert.deepEqual(samples(again), samples(file), 'a recording of a recording is the recording')
    const refused = await voltbeacon(['record', '--source', 'sim', '--out', file, '--seconds', '1', '--fast'])
    assert.equal(refused.code, EXIT.CANT_CREATE)
    assert.match(refused.stderr, /cannot create .*File exists; choose another/)
    await assertRefused(['record', '--source', 'sim'], /--out is missing/)
    await assertRefused(
      ['record', '--source', 'sim', '--out', 'x', '--seconds', '0'],
      /--seconds 0: expected a number above 0/,
    )
  },
)
