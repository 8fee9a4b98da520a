/** Waiting for what will be, with a bound and a sentence for when it is not. */

import { ON_THE_AIR } from './on_the_air.mjs'

/** For what is to come at once: far beyond what a machine at work on ten other things takes. On the air, where any frame
 *  may be lost, for what comes by the next beacon, and for a silence to be noticed where the goodbye was lost. */
export const PATIENCE_MS = ON_THE_AIR ? 75000 : 20000
/** For what is not to wait for a beacon, right after one: sooner than the next, which would bring it too. */
export const BEFORE_A_BEACON_MS = 10000

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again every 20 ms until probe() returns something truthy, and returns that. */
export async function until(what, probe, timeoutMs = PATIENCE_MS) {
  const begun = performance.now()
  for (;;) {
    const result = await probe()
    if (result) return result
    if (performance.now() - begun > timeoutMs) {
      throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`)
    }
    await sleep(20)
  }
}

/** The promise's value, or an error that says what did not happen in time. */
export function within(what, timeoutMs, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for: ${what}`)), timeoutMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
