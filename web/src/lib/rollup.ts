// The receiver's history as columns for the charts: gaps stay gaps, a band is the lowest and the highest. Pure.
import type { EnergyDay, HistoryAnswer, HistoryPoint, Triple } from './types';

export type Column = (number | null)[];
/** Mean, lowest, highest. */
export type Banded = [Column, Column, Column];
export type Pick = (point: HistoryPoint) => Triple | null;

const GAP_STEPS = 1.5;

/** The points, with an empty one (null) wherever the receiver has a gap. */
export function withGaps({ points, resolution_s }: HistoryAnswer): { time: number[]; points: (HistoryPoint | null)[] } {
  const time: number[] = [];
  const padded: (HistoryPoint | null)[] = [];
  for (const point of points) {
    const last = time.at(-1);
    if (last !== undefined && point.at - last > GAP_STEPS * resolution_s) {
      time.push(last + resolution_s);
      padded.push(null);
    }
    time.push(point.at);
    padded.push(point);
  }
  return { time, points: padded };
}

export function banded(points: (HistoryPoint | null)[], pick: Pick): Banded {
  const triples = points.map((point) => (point === null ? null : pick(point)));
  return [
    triples.map((triple) => triple?.[1] ?? null),
    triples.map((triple) => triple?.[0] ?? null),
    triples.map((triple) => triple?.[2] ?? null),
  ];
}

/** The difference of two values; null unless both are known. */
export const difference = (value: number | null | undefined, from: number | null | undefined): number | null =>
  value == null || from == null ? null : value - from;

export const hasAny = (column: ArrayLike<number | null | undefined>): boolean =>
  Array.prototype.some.call(column, (value) => typeof value === 'number');

/** "1 min", "10 s", "1 h": what one point stands for. */
export function stepText(resolutionS: number): string {
  if (resolutionS % 3600 === 0) return `${resolutionS / 3600} h`;
  return resolutionS % 60 === 0 ? `${resolutionS / 60} min` : `${resolutionS} s`;
}

export interface EnergyBar {
  label: string;
  inKwh: number;
  outKwh: number;
}

const DAYS_SINGLE_MAX = 62;

/** One bar per day; for more than two months, one per month. */
export function energyBars(days: readonly EnergyDay[]): EnergyBar[] {
  const MONTH_LENGTH = '2026-11'.length;
  const monthly = days.length > DAYS_SINGLE_MAX;
  const bars = new Map<string, EnergyBar>();
  for (const { day, in_kwh, out_kwh } of days) {
    const label = monthly ? day.slice(0, MONTH_LENGTH) : day;
    const bar = bars.get(label) ?? { label, inKwh: 0, outKwh: 0 };
    bars.set(label, { label, inKwh: bar.inKwh + in_kwh, outKwh: bar.outKwh + out_kwh });
  }
  return [...bars.values()];
}

/** A list as the API takes it: "16,40", or "0-95" for consecutive cells. */
export function cellList(indexes: readonly number[]): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const inRow = sorted.length > 2 && sorted.every((index, i) => index === sorted[0]! + i);
  return inRow ? `${sorted[0]}-${sorted.at(-1)}` : sorted.join(',');
}
