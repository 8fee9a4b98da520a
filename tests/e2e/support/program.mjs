/** The program under test, run to its end or kept running. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { PATIENCE_MS, within } from './wait.mjs'

export const VOLTBEACON = process.env.VOLTBEACON ?? fail('VOLTBEACON must name the program under test')

const SANITIZER = /AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|assertion|VB_ASSERT/i

function fail(text) {
  throw new Error(text)
}

/** A child process with all its output. */
export class Child {
  constructor(name, file, args, options = {}) {
    this.name = name
    this.stdout = ''
    this.stderr = ''
    this.exit = undefined // {code, signal} once it has ended
    this.killed = false // by us, without a chance to say goodbye
    this.process = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    this.watchers = new Set()
    for (const stream of ['stdout', 'stderr']) {
      this.process[stream].setEncoding('utf8').on('data', (text) => {
        this[stream] += text
        for (const watcher of [...this.watchers]) watcher()
      })
    }
    this.ended = new Promise((resolve) => {
      this.process.once('error', (error) => resolve((this.exit = { code: null, signal: error.code })))
      this.process.once('close', (code, signal) => {
        this.exit ??= { code, signal }
        for (const watcher of [...this.watchers]) watcher()
        resolve(this.exit)
      })
    })
  }

  get pid() {
    return this.process.pid
  }

  /** The first match in its output, earlier or later; fails if it exits without one. */
  says(pattern, { stream = 'stderr', timeoutMs = PATIENCE_MS } = {}) {
    let watcher
    const said = new Promise((resolve, reject) => {
      watcher = () => {
        const match = this[stream].match(pattern)
        if (match) resolve(match)
        else if (this.exit) reject(new Error(`${this.name} ended without ${pattern}:\n${this.stderr}`))
      }
      this.watchers.add(watcher)
      watcher()
    })
    return within(`${this.name} to say ${pattern}`, timeoutMs, said).finally(() => this.watchers.delete(watcher))
  }

  signal(name) {
    if (!this.exit) process.kill(this.pid, name)
  }

  /** Like a power cut. */
  async kill() {
    this.killed = true
    this.signal('SIGKILL')
    await this.ended
  }

  /** Like systemd. Returns how it ended. */
  async stop(signal = 'SIGTERM') {
    this.signal(signal)
    try {
      return await within(`${this.name} to end`, PATIENCE_MS, this.ended)
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  assertNoSanitizerReport() {
    assert.doesNotMatch(this.stderr, SANITIZER, `${this.name} was reported`)
  }

  /** In kB. */
  residentSize() {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1])
  }
}

/** Runs the program, or the one named, to its end. */
export async function voltbeacon(args, { program = VOLTBEACON, ...options } = {}) {
  const child = new Child(`voltbeacon ${args.join(' ')}`, program, args, options)
  const { code, signal } = await within(child.name, 20000, child.ended).catch(async (error) => {
    await child.kill()
    throw error
  })
  child.assertNoSanitizerReport()
  return { code, signal, stdout: child.stdout, stderr: child.stderr }
}

/** Exit codes of commands that cannot start, from sysexits.h. */
export const EXIT = {
  USAGE: 64,
  DATA: 65,
  NO_INPUT: 66,
  NO_HOST: 68,
  UNAVAILABLE: 69,
  SOFTWARE: 70,
  SYSTEM: 71,
  CANT_CREATE: 73,
  IO: 74,
  TEMPORARY: 75,
  NO_PERMISSION: 77,
  CONFIG: 78,
}

/** Runs it with arguments that cannot work: expects one line that says so, by default with the code for wrong usage. */
export async function assertRefused(args, pattern, { exit = EXIT.USAGE, ...options } = {}) {
  const { code, stdout, stderr } = await voltbeacon(args, options)
  const lines = stderr
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('voltbeacon: '))
  assert.equal(code, exit, `exit code of ${args.join(' ')}: ${stderr}`)
  assert.equal(stdout, '')
  assert.equal(lines.length, 1, `one line, not: ${stderr}`)
  assert.match(lines[0], pattern)
  return lines[0]
}
