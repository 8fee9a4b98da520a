/** Waiting for what will be, with a bound and a sentence for when it is not. */

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again every 20 ms until probe() returns something truthy, and returns that. */
export async function until(what, probe, timeoutMs = 5000) {
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
