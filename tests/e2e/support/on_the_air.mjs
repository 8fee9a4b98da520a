/** Whether homes are on the air, by ESP-NOW, and not on the loopback interface: $VB_E2E_LINK says "espnow". */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

const LINK = process.env.VB_E2E_LINK ?? ''
assert.ok(['', 'espnow'].includes(LINK), `VB_E2E_LINK may be "espnow", and is "${LINK}"`)

export const ON_THE_AIR = LINK !== ''

const { files, tests } = JSON.parse(readFileSync(new URL('../not_on_the_air.json', import.meta.url), 'utf8'))
const FILE = basename(process.argv[1] ?? '', '.test.mjs')

/** Why the test of this name, of the file that runs, cannot be on the air; undefined where it can. */
export const cannotBeOnTheAir = (name) => files[FILE] ?? tests[FILE]?.[name]
