/** A copy of the tree, to change and build it beside the program under test. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const run = promisify(execFile)
const BUILT = new Set(['.git', 'build', 'node_modules', '__pycache__'])
const PACKAGES = 'web/node_modules'

export class Scratch {
  /** An empty folder, which is removed after the tests of this process. */
  constructor(name) {
    this.folder = mkdtempSync(join(tmpdir(), `voltbeacon-${name}-`))
    this.program = this.path('build/voltbeacon')
    after(() => rmSync(this.folder, { recursive: true, force: true }))
  }

  path(file) {
    return join(this.folder, file)
  }

  read(file) {
    return readFileSync(this.path(file), 'utf8')
  }

  write(file, text) {
    writeFileSync(this.path(file), text)
  }

  /** The tree without its build folders; it uses the npm packages of the tree. */
  copyTree() {
    const isSource = (file) => !BUILT.has(file.replace(/\/$/, '').split('/').at(-1))
    cpSync(ROOT, this.folder, {
      recursive: true,
      preserveTimestamps: true,
      filter: (file) => file === ROOT || isSource(file),
    })
    symlinkSync(join(ROOT, PACKAGES), this.path(PACKAGES))
  }

  /** Fails unless the change changes something. */
  edit(file, change) {
    const before = this.read(file)
    const after = change(before)
    assert.notEqual(after, before, `${file} is as it was`)
    this.write(file, after)
  }

  /** Replaces a text, which must exist. */
  replace(file, from, to) {
    this.edit(file, (text) => text.replace(from, () => to))
  }

  /** Runs a command in the copy and returns its output; fails unless it succeeds. */
  async shell(command) {
    try {
      const { stdout } = await run('bash', ['-euc', command], { cwd: this.folder, maxBuffer: 1 << 24 })
      return stdout
    } catch (error) {
      error.message += `\n${error.stdout.slice(-3000)}${error.stderr.slice(-3000)}`
      throw error
    }
  }

  /** Builds this.program, as a user does. */
  build() {
    return this.shell('./dev build 2>&1')
  }

  /** Builds this.program without optimisation, in half the time: to test what it does. */
  buildQuickly() {
    return this.shell('cmake --preset dev -DCMAKE_C_FLAGS=-O0 2>&1 && cmake --build build 2>&1')
  }
}
