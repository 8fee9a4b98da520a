// The scale that all bars share, and which cells stand out. Pure.
import type { Reading } from './types';

export interface Scale {
  low: number;
  high: number;
}

const SPREAD_MIN_MV = 10;

/** The spread fills half the height and the ends are round; the previous scale is kept while it fits, so that bars do
 *  not jump. */
export function nextScale(previous: Scale | null, min: number, max: number): Scale {
  const spread = Math.max(SPREAD_MIN_MV, max - min);
  if (previous !== null) {
    const height = previous.high - previous.low;
    const inside = min >= previous.low + height * 0.1 && max <= previous.high - height * 0.1;
    if (inside && spread >= height * 0.35) return previous;
  }
  const step = spread < 40 ? 5 : spread < 100 ? 10 : spread < 400 ? 50 : 100;
  const middle = (min + max) / 2;
  return {
    low: Math.max(0, Math.floor((middle - spread) / step) * step),
    high: Math.ceil((middle + spread) / step) * step,
  };
}

/** The same for deviations: symmetric about the mean, and kept while the farthest cell fits and fills enough of it. */
export function nextReach(previous: number | null, farthest: number): number {
  const REACH_MIN_MV = 10;
  if (previous !== null && farthest <= previous && farthest >= previous * 0.4) return previous;
  const wanted = Math.max(REACH_MIN_MV, farthest * 1.2);
  const step = wanted <= 40 ? 5 : wanted <= 200 ? 20 : 100;
  return Math.ceil(wanted / step) * step;
}

export interface Limits {
  low: number | null;
  high: number | null;
}

/** Why a cell is in trouble. */
export type Trouble = 'below the limit' | 'above the limit' | 'stands out' | 'alarm open';

/** Amber, not red. */
export const isMild = (trouble: Trouble): boolean => trouble === 'stands out' || trouble === 'alarm open';

const OUTLIER_MIN_MV = 30;
const OUTLIER_DEVIATIONS = 5;

/** Cells outside their limits, with an open alarm, or far from the mean while the others are close to it. */
export function findTrouble(reading: Reading, limits: Limits, alarmed: ReadonlySet<number>): Map<number, Trouble> {
  const trouble = new Map<number, Trouble>();
  const { avg, cells } = reading;
  if (avg === null) return trouble;
  const known = cells.filter((cell) => cell !== null);
  const typical = known.reduce((sum, cell) => sum + Math.abs(cell - avg), 0) / Math.max(1, known.length);
  const far = Math.max(OUTLIER_MIN_MV, OUTLIER_DEVIATIONS * typical);
  cells.forEach((cell, i) => {
    if (cell === null) return;
    if (limits.low !== null && cell < limits.low) trouble.set(i, 'below the limit');
    else if (limits.high !== null && cell > limits.high) trouble.set(i, 'above the limit');
    else if (alarmed.has(i)) trouble.set(i, 'alarm open');
    else if (reading.together && Math.abs(cell - avg) > far) trouble.set(i, 'stands out');
  });
  return trouble;
}
