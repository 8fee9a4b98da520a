// The schema, as it is printed, documented and released.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { homeTest } from './support/home.mjs'
import { voltbeacon } from './support/program.mjs'

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

async function schema(...args) {
  const { code, stdout } = await voltbeacon(['schema', ...args])
  assert.equal(code, 0)
  return stdout
}

test('A11: no released tag has changed its meaning: section, id, field, tag, type and the enum values before', async () => {
  const rows = (text) =>
    text
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('#'))
  const current = rows(await schema('--format', 'tags'))
  for (const released of rows(read('core/schema/released_tags.txt'))) {
    assert.ok(
      current.some((row) => row === released || row.startsWith(`${released} `)),
      `released, and no longer so: ${released}`,
    )
  }
  const ids = new Map(current.map((row) => row.split(' ')).map(([name, id]) => [name, id]))
  assert.equal(new Set(ids.values()).size, ids.size, 'no id twice')
  const tags = current.map((row) => row.split(' ')).map(([section, , , tag]) => `${section} ${tag}`)
  assert.equal(new Set(tags).size, tags.length, 'no tag twice')
})

test('A10: every tag is in released_tags.txt, so that its next change is noticed', async () => {
  assert.equal(
    await schema('--format', 'tags'),
    read('core/schema/released_tags.txt'),
    'after adding a field: build/voltbeacon schema --format tags > core/schema/released_tags.txt',
  )
})

test('A10: docs/sections.md is what the schema says', async () => {
  assert.equal(await schema(), read('docs/sections.md'), 'run: build/voltbeacon schema > docs/sections.md')
})

homeTest('A3 A10: /api/v1/schema has each field that is printed, and says what acts on it', async (home) => {
  const receiver = await home.receiver()
  const { revision, sections } = await receiver.get('/api/v1/schema')
  assert.match(revision, /^[0-9a-f]{8}$/)
  const rows = sections.flatMap((section) =>
    section.fields.map((field) =>
      [section.name, section.id, field.name, field.tag, field.type, ...(field.values ?? [])].join(' '),
    ),
  )
  assert.deepEqual(rows, (await schema('--format', 'tags')).trimEnd().split('\n'))
  for (const section of sections) {
    assert.ok(section.title && section.doc, section.name)
    assert.ok(section.name.length <= 15)
    for (const field of section.fields) {
      assert.ok(field.title && field.doc && field.since, `${section.name}.${field.name}`)
      assert.ok(field.acts === null || field.acts.length > 0)
      assert.ok(field.name.length <= 31)
    }
  }
})
