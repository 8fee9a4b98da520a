/** Waiting for a condition, with a bound and a message for when it does not come true. */

import { ON_THE_AIR } from './on_the_air.mjs'

/** For things that should happen at once: far beyond what even a busy machine needs. On the air, where any frame may be
 *  lost, for what the next beacon brings, and for a silence to be noticed if the goodbye was lost. */
export const PATIENCE_MS = ON_THE_AIR ? 75000 : 60000
export const BEACON_MS = 15000
/** For things that must not wait for a beacon, right after one: shorter than until the next, which brings them too. */
export const BEFORE_A_BEACON_MS = 10000

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Calls probe() every 20 ms until it returns something truthy, and returns that. */
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

/** The value of the promise, or an error that says what did not happen in time. */
export function within(what, timeoutMs, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for: ${what}`)), timeoutMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
