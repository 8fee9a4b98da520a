// docs/porting.md, taken at its word: the port it describes is written into a copy of the tree without
// one, built, and tried with a receiver.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Receiver } from './support/devices.mjs'
import { assertWithin, fileOf, Guide, insert, writeNewFile } from './support/guide.mjs'
import { homeTest } from './support/home.mjs'
import { Child } from './support/program.mjs'
import { ROOT, Scratch } from './support/scratch.mjs'
import { until } from './support/wait.mjs'

const COPY = new Scratch('porting')
const GUIDE = new Guide('docs/porting.md')
const PORT = 'ports/smallest'
const SEE_IT = /## See it/
const [, MAC] = /`GET \/api\/v1\/transmitters\/([0-9a-f:]{17})`/.exec(GUIDE.text)

const own = (file) => readFileSync(join(ROOT, file), 'utf8')

/** A device of the guide, where it says "/tmp/pack" on a link of this home's. */
function start(home, word) {
  const [program, ...args] = GUIDE.command(SEE_IT, word).replace('/tmp/pack', home.path('pack')).split(' ')
  return { program: COPY.path(program), args }
}

async function startReceiver(home) {
  const { args } = start(home, 'receiver')
  assert.deepEqual([args[0], args[1], args[3]], ['receiver', '--data', '--link'])
  return home.watch(new Receiver(home.path(args[2]), args.slice(3, 5).concat('--http', '127.0.0.1:0'))).ready()
}

async function startTransmitter(home) {
  const { program, args } = start(home, 'smallest')
  const transmitter = home.watch(new Child('the smallest transmitter', program, args))
  await transmitter.says(/^running$/m, { stream: 'stdout' })
  return transmitter
}

test('the port that the guide writes from scratch is the one in the tree, and builds', async () => {
  COPY.copyTree()
  COPY.replace('CMakePresets.json', '"-O2 -g"', '"-O0"') // for what it does, in half the time
  rmSync(COPY.path(PORT), { recursive: true })
  COPY.replace('CMakeLists.txt', `add_subdirectory(${PORT})\n`, '')
  GUIDE.newFiles.forEach((block) => writeNewFile(COPY, block))
  GUIDE.insertions.forEach((block) => insert(COPY, block))
  const written = GUIDE.newFiles.map(fileOf)
  assert.deepEqual(
    written.sort(),
    readdirSync(join(ROOT, PORT))
      .map((name) => `${PORT}/${name}`)
      .sort(),
  )
  for (const file of [...written, 'CMakeLists.txt']) assert.equal(COPY.read(file), own(file), file)
  await COPY.shell(`${GUIDE.block(/Then:$/).code} 2>&1`)
})

homeTest(
  'a receiver holds all of its settings, shows its cells, edits it, and notices that it forgets',
  async (home) => {
    const receiver = await startReceiver(home)
    const transmitter = await startTransmitter(home)
    await receiver.verified(MAC)
    const cells = await until('its cells', async () => {
      const { json } = await receiver.request('GET', `/api/v1/transmitters/${MAC}/cells`)
      return json.available && json
    })
    assertWithin(cells, GUIDE.json(/`GET [^`]*\/cells`:$/))
    const seen = await receiver.transmitter(MAC)
    assertWithin(seen, GUIDE.json(/and has proved it:$/))

    assert.equal((await receiver.edit(MAC, 'mqtt', { port: 8883 })).state, 'confirmed')
    await transmitter.kill()
    const again = await startTransmitter(home)
    await until('the default', async () => (await receiver.section(MAC, 'mqtt')).values.port === 1883)
    const anew = await receiver.verified(MAC)
    assert.notEqual(anew.store, seen.store)
    await again.kill()
  },
)
