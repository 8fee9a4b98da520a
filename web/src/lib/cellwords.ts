// What is measured of a cell, in words. Pure.
import { number, plural, quantity, UNKNOWN } from './format';
import type { Reading, WeakCell } from './types';

const STEPS_ENOUGH = 30;
/** As a share of the resistance. */
const UNSURE_SHARE = 0.25;

/** The resistance, and how sure it is: "1.32 mΩ", "± 0.08 mΩ, from 214 load steps". */
export function resistanceText(cell: WeakCell): { value: string; note: string } {
  const { resistance_mohm: mohm, resistance_uncertainty_mohm: spread, resistance_steps: steps } = cell;
  const from = `from ${plural(steps, 'load step')}`;
  if (mohm === null) return { value: UNKNOWN, note: `too few load steps so far: ${number(steps)}` };
  const unsure = steps < STEPS_ENOUGH || spread === null || spread > UNSURE_SHARE * Math.abs(mohm);
  const range = spread === null ? '' : `± ${quantity(spread, 'mΩ', 2)}, `;
  return { value: quantity(mohm, 'mΩ', 2), note: `${range}${from}${unsure ? '; not certain yet' : ''}` };
}

const STEP_A_MIN = 5;
const DELTA_JUMP_MV_MIN = 10;

/** By how many amperes the load changed, where the spread of the cells jumped with it; else null. */
export function loadStep(reading: Reading, previous: Reading | null): number | null {
  const { current_a: current, delta } = reading;
  if (previous === null || current === null || delta === null) return null;
  if (previous.current_a === null || previous.delta === null) return null;
  const step = Math.abs(current - previous.current_a);
  return step >= STEP_A_MIN && delta - previous.delta >= DELTA_JUMP_MV_MIN ? step : null;
}

/** Why the load may have caused a reading's spread; empty where it did not. */
export function tornBecause(reading: Reading, previous: Reading | null): string {
  const advice = 'differences may be load, not imbalance.';
  const step = loadStep(reading, previous);
  if (step !== null) return `The load changed by ${quantity(step, 'A')} since the previous reading: ${advice}`;
  return reading.together ? '' : `The cells were not sampled at the same time: ${advice}`;
}
