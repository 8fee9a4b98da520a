/** A page of docs/ that a test takes at its word: its code blocks, and what its text says of them. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from './scratch.mjs'

const INSERTION =
  /In `([^`]+)`, (above the line that begins with|below the line that begins with|behind) `([^`]+)`, add:$/
const NEW_FILE = /In a new file `([^`]+)`, write:$/

/** Every code block, and the text since the one before. */
function readBlocks(markdown) {
  const blocks = [...markdown.matchAll(/([\s\S]*?)^```(\w+)\n([\s\S]*?)^```$/gm)]
  return blocks.map(([, text, language, code]) => ({ text: text.replace(/\s+/g, ' ').trim(), language, code }))
}

export class Guide {
  constructor(file) {
    this.text = readFileSync(join(ROOT, file), 'utf8')
    this.blocks = readBlocks(this.text)
  }

  /** The code behind the text that matches, with what the text says; fails unless there is one. */
  block(pattern, following = 0) {
    const found = this.blocks.findIndex(({ text }) => pattern.test(text))
    assert.notEqual(found, -1, `the guide has no block behind ${pattern}`)
    return this.blocks[found + following]
  }

  json(pattern, following) {
    return JSON.parse(this.block(pattern, following).code)
  }

  /** The command of that block in which the word stands. */
  command(pattern, word) {
    const line = this.block(pattern)
      .code.split('\n')
      .find((command) => command.includes(word))
    assert.ok(line, `the guide has no command with ${word}`)
    return line
  }

  /** The blocks that go into files that are there. */
  get insertions() {
    return this.blocks.filter(({ text }) => INSERTION.test(text))
  }

  /** The blocks that are files of their own. */
  get newFiles() {
    return this.blocks.filter(({ text }) => NEW_FILE.test(text))
  }
}

/** The file that a block of newFiles is. */
export const fileOf = ({ text }) => NEW_FILE.exec(text)[1]

/** Puts a block where its text says, in a copy of the tree. */
export function insert(copy, { text, code }) {
  const [, file, place, anchor] = INSERTION.exec(text)
  copy.edit(file, (before) => {
    const lines = before.split('\n')
    const isThere = (line) => (place === 'behind' ? line.includes(anchor) : line.trimStart().startsWith(anchor))
    const at = lines.findIndex(isThere)
    assert.notEqual(at, -1, `${file} has no line with ${anchor}`)
    if (place === 'behind') lines[at] = lines[at].replace(anchor, anchor + code.trimEnd())
    else lines.splice(place.startsWith('above') ? at : at + 1, 0, ...code.replace(/\n$/, '').split('\n'))
    return lines.join('\n')
  })
}

/** Makes the file that a block is. */
export function writeNewFile(copy, block) {
  const file = fileOf(block)
  mkdirSync(dirname(copy.path(file)), { recursive: true })
  copy.write(file, block.code)
}

/** Everything of `part` is in `whole`, too. */
export function assertWithin(whole, part, path = 'answer') {
  if (part === null || typeof part !== 'object') return assert.equal(whole, part, path)
  assert.ok(whole, path)
  for (const key of Object.keys(part)) assertWithin(whole[key], part[key], `${path}.${key}`)
}
