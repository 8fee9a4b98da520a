// `voltbeacon demo`: both devices as children of one command.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { homeTest, RECORDING } from './support/home.mjs'
import { assertRefused, Child, EXIT, VOLTBEACON } from './support/program.mjs'
import { ReceiverAt } from './support/devices.mjs'
import { PATIENCE_MS, until } from './support/wait.mjs'

/** The running children of a process, by the daemon's role. */
function childrenOf(pid) {
  const children = {}
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))[1])
      const [, role] = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      if (parent === pid && role) children[role] = Number(name)
    } catch {
      // it has ended meanwhile
    }
  }
  return children
}

const isRunning = (pid) => existsSync(`/proc/${pid}`)

async function startDemo(home, args = []) {
  const demo = home.watch(
    new Child('demo', VOLTBEACON, ['demo', '--http', '127.0.0.1:0', ...home.link, ...args], {
      env: { ...process.env, XDG_DATA_HOME: home.folder },
    }),
  )
  const [, url] = await demo.says(/^(http:\/\/\S+)\/\n/, { stream: 'stdout' })
  const receiver = new ReceiverAt(url)
  home.onClose(() => receiver.close())
  const mac = await until(
    'a transmitter',
    async () => (await receiver.get('/api/v1/transmitters')).transmitters[0]?.mac,
  )
  await receiver.verified(mac)
  return { demo, receiver, mac }
}

homeTest(
  'A8 C3: the demo starts both, prints the address, recovers when the transmitter is killed, and stops both on Ctrl-C',
  async (home) => {
    const { demo, receiver, mac } = await startDemo(home, ['--source', `csv:${RECORDING}`, '--speed', '24'])
    const cells = await receiver.cells()
    await cells.wait('a reading', ({ cells: values }) => values.length === 96)
    const state = await receiver.state()
    for (const role of ['transmitter', 'receiver']) {
      assert.ok(existsSync(home.path(`voltbeacon/demo-${role}/voltbeacon.db`)), "in the user's data folder")
    }

    const { transmitter } = childrenOf(demo.pid)
    process.kill(transmitter, 'SIGKILL')
    const from = state.mark
    await demo.says(/the transmitter has ended; restarting it/)
    await state.transmitter('back', ({ quality, sync }) => quality.reboots === 1 && sync === 'verified', {
      from,
      timeoutMs: PATIENCE_MS,
    })
    const readings = cells.mark
    await cells.wait('readings again', () => true, { from: readings })
    assert.equal((await receiver.edit(mac, 'mqtt', { port: 1884 })).state, 'confirmed')

    const pids = Object.values(childrenOf(demo.pid))
    assert.equal(pids.length, 2)
    assert.deepEqual(await demo.stop('SIGINT'), { code: 0, signal: null })
    assert.deepEqual(pids.filter(isRunning), [])
  },
)

homeTest('A4: a killed receiver of the demo is restarted, and keeps its settings', async (home) => {
  const { demo, receiver, mac } = await startDemo(home)
  const name = (await receiver.transmitter(mac)).name
  assert.equal(name, 'Demo battery')
  await receiver.edit(mac, 'mqtt', { port: 1885 })
  await receiver.saved()
  const { receiver: pid } = childrenOf(demo.pid)
  process.kill(pid, 'SIGKILL')
  await demo.says(/the receiver has ended/)
  await demo.says(/^http:.*\nhttp:/, { stream: 'stdout' })
  const url = demo.stdout.trim().split('\n').at(-1).replace(/\/$/, '')
  const again = new ReceiverAt(url)
  assert.equal((await again.section(mac, 'mqtt')).values.port, 1885)
  await again.verified(mac)
})

homeTest("a demo whose child cannot start ends with the child's reason", async (home) => {
  const other = createServer()
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve))
  home.onClose(() => other.close())
  const demo = new Child('demo', VOLTBEACON, [
    'demo',
    '--http',
    `127.0.0.1:${other.address().port}`,
    '--data',
    home.path('demo'),
    ...home.link,
  ])
  assert.deepEqual(await demo.ended, { code: EXIT.UNAVAILABLE, signal: null })
  assert.match(demo.stderr, /is in use by another program/)
  assert.match(demo.stderr, /demo: the receiver cannot run; see above/)
  await assertRefused(['demo', 'now'], /unexpected argument now/)
})
