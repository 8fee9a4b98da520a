// The README's two machines, taken at its word: each is a network namespace, a cable connects them, and they run what
// the README says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { homeTest } from './support/home.mjs'
import { Child, VOLTBEACON } from './support/program.mjs'
import { ROOT } from './support/scratch.mjs'
import { until } from './support/wait.mjs'

const BATTERY = { address: '192.168.77.2', role: 'transmitter' } // the machine beside the battery
const SHOW = { address: '192.168.77.3', role: 'receiver' } // the one that shows it
const NETWORK = '192.168.77.0/24'

/** What README has run, as {transmitter, receiver}. */
function readmeCommands() {
  const readme = readFileSync(`${ROOT}/README.md`, 'utf8')
  const [, chapter] = /^\*\*You built a home battery\*\*([\s\S]*?)^\*\*/m.exec(readme)
  const blocks = [...chapter.matchAll(/^```\n([\s\S]*?)\n```$/gm)].map(([, code]) => code)
  const of = (role) => blocks.find((code) => code.startsWith(`build/voltbeacon ${role} `))
  for (const option of ['--insecure-open-link', '--insecure-no-login']) {
    assert.match(chapter, new RegExp(`^- \`${option}\`: `, 'm'), `README explains ${option}`)
  }
  return { transmitter: of('transmitter'), receiver: of('receiver') }
}

const COMMANDS = readmeCommands()

const ip = (...words) => spawnSync('ip', words, { encoding: 'utf8' })

function mustIp(...words) {
  const { status, stderr } = ip(...words)
  assert.equal(status, 0, `ip ${words.join(' ')}: ${stderr}`)
}

/** Why a namespace cannot be made here, or false. */
function noNamespaces() {
  const name = `vb-probe-${process.pid}`
  const made = ip('netns', 'add', name)
  if (made.error || made.status !== 0) return `no network namespaces here: ${made.error ?? made.stderr.trim()}`
  const veth = ip('-n', name, 'link', 'add', 'name', 'veth-a', 'type', 'veth', 'peer', 'name', 'veth-b')
  ip('netns', 'del', name)
  return veth.status !== 0 && `no veth here: ${veth.stderr.trim()}`
}

const skip = noNamespaces()

let count = 0

class Machine {
  constructor(home, { role, address }) {
    Object.assign(this, { home, role, address, name: `vb-${role}-${process.pid}-${count++}`, cable: 'eth0' })
    mustIp('netns', 'add', this.name)
    home.onClose(() => ip('netns', 'del', this.name))
    mustIp('-n', this.name, 'link', 'set', 'lo', 'up')
    this.folder = home.path(role)
    mkdirSync(`${this.folder}/build`, { recursive: true })
    symlinkSync(VOLTBEACON, `${this.folder}/build/voltbeacon`)
  }

  /** As a DHCP client does, once it has an answer. */
  getAddress() {
    mustIp('-n', this.name, 'address', 'add', `${this.address}/24`, 'dev', this.cable)
  }

  exec(...words) {
    return ['netns', 'exec', this.name, ...words]
  }

  /** Runs what README says, as a user would: by a shell, where the tree is. */
  run() {
    const child = new Child(`README's ${this.role}`, 'ip', this.exec('sh', '-c', `exec ${COMMANDS[this.role]}`), {
      cwd: this.folder,
      env: { ...process.env, HOME: this.folder },
    })
    return this.home.watch(child)
  }
}

function machines(home) {
  const all = { battery: new Machine(home, BATTERY), show: new Machine(home, SHOW) }
  mustIp(
    'link',
    'add',
    'name',
    'eth0',
    'netns',
    all.battery.name,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    all.show.name,
  )
  for (const { name } of Object.values(all)) mustIp('-n', name, 'link', 'set', 'eth0', 'up')
  return all
}

/** What the machine beside the battery sees of the pages. */
function look({ battery, show }, path) {
  const { status, stdout } = spawnSync(
    'ip',
    battery.exec('curl', '-sS', '-m', '5', `http://${show.address}:8080${path}`),
    { encoding: 'utf8' },
  )
  return status === 0 ? stdout : undefined
}

/** Until the pages, called up from another machine, show the settings as verified. */
async function assertMeet(both) {
  await until(
    'the two machines to meet',
    () => {
      const answer = look(both, '/api/v1/transmitters')
      return answer !== undefined && JSON.parse(answer).transmitters[0]?.sync === 'verified'
    },
    30000,
  )
  assert.equal(JSON.parse(look(both, '/api/v1/receiver')).access.link_scope, `on eth0 ${NETWORK}`)
  assert.match(look(both, '/'), /<html/)
}

const saysWhere = (child) => child.says(new RegExp(`the link .* listens on eth0 ${NETWORK}`))

for (const order of [
  ['battery', 'show'],
  ['show', 'battery'],
]) {
  homeTest(
    `README's two machines meet, the one ${order[0] === 'show' ? 'that shows it' : 'beside the battery'} first`,
    async (home) => {
      const both = machines(home)
      for (const which of order) both[which].getAddress()
      for (const which of order) await saysWhere(both[which].run())
      await assertMeet(both)
    },
    { skip },
  )
}

homeTest(
  'a machine whose address comes late, as by DHCP, is found once it has one',
  async (home) => {
    const both = machines(home)
    both.battery.getAddress()
    const transmitter = both.battery.run()
    const receiver = both.show.run()
    await saysWhere(transmitter)
    await receiver.says(/the link .* listens on this machine only, until a network comes up/)
    await receiver.says(/^http:/, { stream: 'stdout' })
    both.show.getAddress()
    await saysWhere(receiver)
    await assertMeet(both)
  },
  { skip },
)

homeTest(
  'frames from outside the network are ignored',
  async (home) => {
    const both = machines(home)
    both.show.getAddress()
    const receiver = both.show.run()
    await saysWhere(receiver)
    await receiver.says(/^http:/, { stream: 'stdout' })
    // The other machine is on the same cable with an address of another network, and finds its way.
    mustIp('-n', both.battery.name, 'address', 'add', '10.9.9.9/24', 'dev', 'eth0')
    mustIp('-n', both.battery.name, 'route', 'add', NETWORK, 'dev', 'eth0', 'src', '10.9.9.9')
    mustIp('-n', both.show.name, 'route', 'add', '10.9.9.0/24', 'dev', 'eth0')
    const dropped = () => {
      const { stdout } = spawnSync(
        'ip',
        both.show.exec(VOLTBEACON, 'receiver', 'status', '--data', `${both.show.folder}/voltbeacon-pages`),
        { encoding: 'utf8' },
      )
      return /^link_dropped_\d+=\d+ from outside the networks of the link$/m.test(stdout)
    }
    const script =
      "const s = require('dgram').createSocket('udp4'); s.send(Buffer.alloc(40, 2), 5600, '192.168.77.3', () => s.close())"
    await until(
      'a frame from outside to be dropped',
      () => {
        spawnSync('ip', both.battery.exec(process.execPath, '-e', script))
        return dropped()
      },
      10000,
    )
  },
  { skip },
)
