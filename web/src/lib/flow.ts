// What the pack is doing: power averaged over a second, and a word for it that does not flicker. Pure.
import type { Reading } from './types';

export type Direction = 'charging' | 'discharging' | 'at rest';
export interface FlowNow {
  /** Mean over the last second; positive charges. */
  watts: number;
  direction: Direction;
}

const AVERAGED_S = 1;
/** The resolution of the current sensor, in amperes: assumed until it is learnt, and its lower and upper bound. */
const STEP_A = { first: 0.5, least: 0.05, most: 1 };
/** In steps: at rest below the first, moving above the second, unchanged in between. */
const REST_BELOW = 1;
const MOVES_ABOVE = 2;

interface Sample {
  atS: number;
  volts: number;
  amperes: number;
}

/** Fed with each new sample of one pack. A pack whose sensor flickers by one step around zero is at rest. */
export class Flow {
  now: FlowNow | null = null;
  #samples: Sample[] = [];
  #stepA = STEP_A.first;
  #learnt = false;

  add({ pack_voltage_v: volts, current_a: amperes }: Reading, atS: number): void {
    if (volts === null || amperes === null) {
      this.#samples = [];
      this.now = null;
      return;
    }
    this.#learn(amperes);
    this.#samples.push({ atS, volts, amperes });
    this.#samples = this.#samples.filter((sample) => atS - sample.atS <= AVERAGED_S);
    const mean = (of: (sample: Sample) => number) =>
      this.#samples.reduce((sum, sample) => sum + of(sample), 0) / this.#samples.length;
    this.now = {
      watts: mean((sample) => sample.volts * sample.amperes),
      direction: this.#directionOf(mean((sample) => sample.amperes)),
    };
  }

  /** The smallest change seen so far is taken as the sensor's step. */
  #learn(amperes: number): void {
    const last = this.#samples.at(-1)?.amperes ?? amperes;
    const change = Math.abs(amperes - last);
    if (change < STEP_A.least) return;
    const step = Math.min(change, STEP_A.most);
    this.#stepA = this.#learnt ? Math.min(this.#stepA, step) : step;
    this.#learnt = true;
  }

  #directionOf(amperes: number): Direction {
    const size = Math.abs(amperes);
    const moving: Direction = amperes > 0 ? 'charging' : 'discharging';
    if (size <= REST_BELOW * this.#stepA) return 'at rest';
    const before = this.now?.direction ?? 'at rest';
    return size >= MOVES_ABOVE * this.#stepA || before === moving ? moving : 'at rest';
  }
}
