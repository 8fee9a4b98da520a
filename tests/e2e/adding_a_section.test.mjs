// docs/adding-a-section.md, taken at its word: its steps are carried out on a copy of the tree, and its
// promises are checked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Receiver, Transmitter } from './support/devices.mjs'
import { assertWithin, Guide, insert, writeNewFile } from './support/guide.mjs'
import { homeTest } from './support/home.mjs'
import { noBrowser, pageTest } from './support/pages.mjs'
import { Scratch } from './support/scratch.mjs'
import { until } from './support/wait.mjs'

const COPY = new Scratch('section')
const GUIDE = new Guide('docs/adding-a-section.md')
const SCHEMA = 'core/schema/sections.def'

// --- its steps ---------------------------------------------------------------------------------

/** The blocks of the guide that go somewhere, until it builds for the first time and after that. */
function insertions() {
  const first = GUIDE.blocks.indexOf(GUIDE.block(/## Build$/))
  const isEarly = (block) => GUIDE.blocks.indexOf(block) < first
  return {
    rows: GUIDE.insertions.filter(isEarly),
    acting: GUIDE.insertions.filter((block) => !isEarly(block)),
  }
}

const compile = (file) =>
  COPY.shell(`cc -std=c11 -Wall -Wextra -Werror -fsyntax-only -Icore/include -Icore/schema ${file} 2>&1`)

/** The rows of the table of what does not compile. */
function faults() {
  const rows = [...GUIDE.text.matchAll(/^\| `(.+)` \| `(.+)` \| `(.+)` \|$/gm)]
  return rows.map(([, right, wrong, message]) => ({ right, wrong, message }))
}

async function assertDoesNotCompile({ right, wrong, message }) {
  const text = COPY.read(SCHEMA)
  COPY.replace(SCHEMA, right, wrong)
  const said = await compile('core/src/schema.c').then(
    () => 'nothing',
    ({ stdout }) => stdout,
  )
  COPY.write(SCHEMA, text)
  assert.ok(said.includes(message), `${wrong}: the compiler said ${said.slice(0, 1000)}`)
}

// --- the devices -------------------------------------------------------------------------------

/** One of the guide's two daemons, on this home's link, with further options. */
function start(home, role, ...options) {
  const [, , , data] = GUIDE.command(/Start both/, role).split(' ')
  const Device = { transmitter: Transmitter, receiver: Receiver }[role]
  return home.watch(new Device(COPY.path(data), [...home.linkOf(role), ...options], { program: COPY.program })).ready()
}

const startTransmitter = (home) => start(home, 'transmitter')
const startReceiver = (home) => start(home, 'receiver', '--http', '127.0.0.1:0')

/** What the transmitter would have been before the section was added. */
async function runOldTransmitter(home) {
  const transmitter = await home.watch(new Transmitter(COPY.path('tx'), home.linkOf('transmitter'))).ready()
  await transmitter.set('battery.cell_count=108')
  await transmitter.stop()
}

/** A receiver that does not know the section vouches for all of them. */
async function assertOldReceiverVerifies(home, mac) {
  const receiver = await home.receiver({ name: 'old' })
  await receiver.verified(mac)
  await receiver.stop()
}

const section = (receiver, mac) => receiver.section(mac, 'heater')

// --- the tests ---------------------------------------------------------------------------------

test('the rows of the guide go where it says, and build', async () => {
  COPY.copyTree()
  COPY.replace('CMakePresets.json', '"-O2 -g"', '"-O0"') // for what it does, in half the time
  for (const insertion of insertions().rows) insert(COPY, insertion)
  assert.ok(faults().length >= 3)
  for (const fault of faults()) await assertDoesNotCompile(fault)
  await COPY.shell(GUIDE.block(/## Build$/).code)
})

homeTest('the section is on the command line, the link, in REST and in the store', async (home) => {
  await runOldTransmitter(home)
  const transmitter = await startTransmitter(home)
  const receiver = await startReceiver(home)
  const { mac } = transmitter
  await receiver.verified(mac)
  assert.deepEqual(await transmitter.get('battery.cell_count'), { 'battery.cell_count': '108' })
  await assertOldReceiverVerifies(home, mac)

  for (const pattern of [/Ask the transmitter for the section:$/, /Change it:$/]) {
    assert.equal(await COPY.shell(GUIDE.block(pattern).code), GUIDE.block(pattern, 1).code)
  }
  const expected = GUIDE.json(/sections\/heater` says/)
  const isHeld = async () => (await section(receiver, mac)).version === expected.version
  await until('the change to be held', isHeld)
  await receiver.verified(mac)
  const held = await section(receiver, mac)
  assertWithin(held, expected)

  const refused = await receiver.patchSection(mac, 'heater', GUIDE.json(/heater` with$/), { etag: held.etag })
  const [, status] = /answered with (\d+)/.exec(GUIDE.block(/heater` with$/, 1).text)
  assert.equal(refused.status, Number(status))
  assert.deepEqual(refused.json.reasons, GUIDE.json(/heater` with$/, 1).reasons)

  const { sections } = await receiver.get('/api/v1/schema')
  assertWithin(
    sections.find(({ name }) => name === 'heater'),
    GUIDE.json(/which now has/),
  )

  await receiver.edit(mac, 'heater', { power_max_w: 450 })
  await transmitter.stop()
  await receiver.stop()
  const again = await startReceiver(home)
  assert.equal((await section(again, mac)).values.power_max_w, 450, 'kept by the receiver')
  await startTransmitter(home)
  await again.verified(mac)
  assertWithin((await section(again, mac)).values, { ...expected.values, power_max_w: 450 })
})

pageTest(
  'the section is a form',
  async (home, browser) => {
    const receiver = await startReceiver(home)
    const transmitter = await startTransmitter(home)
    await receiver.verified(transmitter.mac)
    const view = await browser.open(receiver, '/settings')
    await view.shows('section-heater', /^Heater/)
    await view.shows('section-status-heater', /^Verified/)
    assert.equal(await view.value('field-heater-on_below_dc'), '2.5')
    await view.type('field-heater-on_below_dc', '3.5')
    await view.save('heater')
    await view.shows('save-heater', 'Saved on the transmitter')
    assert.deepEqual(await transmitter.get('heater.on_below_dc'), { 'heater.on_below_dc': '35' })
  },
  { skip: noBrowser },
)

test('what acts on the section is in the device, and its rows say so', async () => {
  assert.ok(insertions().acting.length >= 4)
  for (const insertion of insertions().acting) insert(COPY, insertion)
  for (const block of GUIDE.newFiles) writeNewFile(COPY, block)
  const rows = [...GUIDE.text.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|$/gm)]
  assert.equal(rows.length, 3)
  for (const [, without, acting] of rows) COPY.replace(SCHEMA, without, acting)
  await COPY.shell(GUIDE.block(/## Build$/).code)
  const unitTest = 'test_transmitter_device'
  await COPY.shell('cmake --preset dev -DBUILD_TESTING=ON')
  await COPY.shell(`cmake --build build --target ${unitTest} && build/tests/unit/${unitTest}`)
})

test('what is generated from the rows is regenerated by the commands of the guide', async () => {
  await COPY.shell(GUIDE.block(/generated from the rows$/).code)
  assert.match(COPY.read('docs/sections.md'), /^## heater/m)
  assert.match(COPY.read('core/schema/released_tags.txt'), /^heater 10 power_max_w 4 /m)
  assert.match(COPY.read('tests/vectors/vectors.txt'), / section=heater /)
  await COPY.shell('python3 tests/vectors/make_vectors.py --check')
})
