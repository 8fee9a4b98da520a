/** A real MQTT broker on loopback, and a subscriber to everything on it. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { Child } from './program.mjs'
import { freeTcpPort } from './ports.mjs'
import { PATIENCE_MS, within } from './wait.mjs'

/** Debian installs the broker where only root looks. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`

const isInstalled = (program) => !spawnSync(program, ['--help'], { env: { PATH } }).error

/** Why tests with a broker are skipped, or false. */
export const noBroker =
  !['mosquitto', 'mosquitto_sub'].every(isInstalled) && 'the packages mosquitto and mosquitto-clients are not installed'

class Subscriber extends Child {
  constructor(port) {
    super(
      `subscriber at ${port}`,
      'mosquitto_sub',
      ['-h', '127.0.0.1', '-p', String(port), '-t', '#', '-F', '%r %t %p'],
      { env: { PATH } },
    )
  }

  /** Everything received: {retained, topic, payload}. */
  get messages() {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [, retained, topic, payload] = /^(\d) (\S+) (.*)$/s.exec(line) ?? []
        return { retained: retained === '1', topic, payload }
      })
  }

  wait(what, test, { from = 0, timeoutMs = PATIENCE_MS } = {}) {
    let watcher
    const found = new Promise((resolve) => {
      watcher = () => {
        const message = this.messages.slice(from).find(test)
        if (message) resolve(message)
      }
      this.watchers.add(watcher)
      watcher()
    })
    return within(`an MQTT message: ${what}`, timeoutMs, found).finally(() => this.watchers.delete(watcher))
  }
}

export class Broker extends Child {
  /** Stopped with the home. Options are lines of its configuration. */
  static async start(home, { port, options = ['allow_anonymous true'] } = {}) {
    const listens = port ?? (await freeTcpPort())
    const file = home.path(`broker-${listens}.conf`)
    writeFileSync(file, [`listener ${listens} 127.0.0.1`, 'user root', ...options, ''].join('\n'))
    const broker = new Broker(file, listens)
    home.onClose(() => broker.exit || broker.stop())
    await broker.says(/mosquitto version .* running/)
    return broker
  }

  constructor(file, port) {
    super(`broker at ${port}`, 'mosquitto', ['-c', file], { env: { PATH } })
    this.port = port
  }

  subscriber(home) {
    const subscriber = new Subscriber(this.port)
    home.onClose(() => subscriber.exit || subscriber.stop())
    return subscriber
  }
}
