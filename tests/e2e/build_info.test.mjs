// What a program says about its own build: which commit it is from, and whether it is a production build.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { homeTest } from './support/home.mjs'
import { voltbeacon } from './support/program.mjs'
import { ROOT } from './support/scratch.mjs'

/** What the build writes into its header for these sources. */
function infoOf(sources, forTests) {
  const header = join(sources, '.git/build_info.h')
  rmSync(header, { force: true })
  execFileSync('cmake', [
    ...['-D', `source_dir=${sources}`, '-D', 'version=1.2.3', '-D', `for_tests=${forTests}`],
    ...['-D', `header=${header}`, '-P', `${ROOT}/cmake/write_build_info.cmake`],
  ])
  const text = readFileSync(header, 'utf8')
  const define = (name) => new RegExp(`^#define ${name} "(.*)"$`, 'm').exec(text)[1]
  return { commit: define('VB_BUILD_COMMIT'), environment: define('VB_BUILD_ENVIRONMENT') }
}

test('9.33: a test build, or one of modified sources, is not a production build, and its commit says so', () => {
  const sources = mkdtempSync(join(tmpdir(), 'voltbeacon-'))
  try {
    const git = (...words) =>
      execFileSync('git', ['-C', sources, '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...words], {
        encoding: 'utf8',
      }).trim()
    git('init', '--quiet')
    writeFileSync(join(sources, 'a.c'), 'int a;\n')
    git('add', 'a.c')
    git('commit', '--quiet', '-m', 'a')
    const commit = git('rev-parse', 'HEAD').slice(0, 12)
    assert.deepEqual(infoOf(sources, 'FALSE'), { commit, environment: 'PRODUCTION' })
    assert.deepEqual(infoOf(sources, 'TRUE'), { commit, environment: 'DEVELOPMENT' })
    writeFileSync(join(sources, 'a.c'), 'int b;\n')
    const changed = { commit: `${commit.slice(0, 11)}+`, environment: 'DEVELOPMENT' }
    assert.deepEqual(infoOf(sources, 'FALSE'), changed)
  } finally {
    rmSync(sources, { recursive: true })
  }
})

homeTest('9.33: a device says what its program says', async (home) => {
  const { receiver, mac } = await home.pair()
  const { stdout } = await voltbeacon(['version'])
  const [, commit] = /^voltbeacon \S+ \((\S+), built/.exec(stdout)
  const { environment, git_commit } = (await receiver.transmitter(mac)).firmware
  assert.equal(git_commit, commit)
  assert.equal(environment, 'DEVELOPMENT', 'the tests run a build for tests')
})
