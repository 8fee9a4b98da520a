/** A wall clock for one child, set by the test, with a preloaded library (shim/clock_shim.c). */
import { renameSync, writeFileSync } from 'node:fs'

const SHIM = process.env.VB_CLOCK_SHIM
export const noShim = SHIM === undefined && 'VB_CLOCK_SHIM does not name the library'

export class WallClock {
  constructor(path) {
    this.path = path
    this.offBy(0)
  }

  /** For the child's environment. The sanitizer has to be loaded first, which a preloaded library prevents. */
  get env() {
    const options = [process.env.ASAN_OPTIONS, 'verify_asan_link_order=0'].filter(Boolean).join(':')
    return { LD_PRELOAD: SHIM, VB_CLOCK_FILE: this.path, ASAN_OPTIONS: options }
  }

  /** Sets the clock so many seconds ahead; behind if negative. */
  offBy(seconds) {
    writeFileSync(`${this.path}.new`, String(Math.round(seconds)))
    renameSync(`${this.path}.new`, this.path)
  }

  /** Like that of a machine that was just switched on: 1970. */
  unset() {
    this.offBy(1000 - Date.now() / 1000)
  }

  set() {
    this.offBy(0)
  }
}
