// The newest reading of the selected transmitter, with its age and whether it is older than expected.
import type { Limits } from './cellscale';
import { clock } from './clock.svelte';
import { duration, number } from './format';
import { live, type Heard } from './live.svelte';
import { selection } from './preferences.svelte';
import type { Reading } from './types';

const STALE_S = 3;
const STALE_INTERVALS = 3;

export function ageOf(reading: Heard<Reading>): number {
  return clock.age(reading.data.age_s ?? 0, reading.at); // null: it has no cells
}

/** With tenths while the eye can follow them. */
export function ageText(reading: Heard<Reading>): string {
  const TENTHS_BELOW_S = 10;
  const seconds = ageOf(reading);
  return seconds < TENTHS_BELOW_S ? `${number(seconds, 1)} s` : duration(seconds);
}

export function isLate(reading: Heard<Reading>): boolean {
  return ageOf(reading) > Math.max(STALE_S, STALE_INTERVALS * (reading.data.interval_s ?? 0));
}

/** Cells in series: from the newest reading, else from the battery's settings; null where neither is known. */
export function cellCount(mac: string): number | null {
  const read = live.readings[mac]?.data.cells.length ?? 0;
  const told = live.section(mac, 'battery')?.data.values?.['cell_count'];
  return read > 0 ? read : typeof told === 'number' ? told : null;
}

class Latest {
  /** Before the first full picture, any transmitter with a reading: readings arrive sooner. */
  readonly mac = $derived(selection.current?.data.mac ?? (live.ready ? null : Object.keys(live.readings)[0]) ?? null);
  /** null before the first sample. */
  readonly reading = $derived.by(() => {
    const reading = this.mac === null ? undefined : live.readings[this.mac];
    return reading !== undefined && (reading.data.cells.length > 0 || reading.data.avg !== null) ? reading : null;
  });
  /** The cell voltage limits from the battery's settings. */
  readonly limits = $derived.by<Limits>(() => {
    const values = (this.mac === null ? null : live.section(this.mac, 'battery')?.data.values) ?? {};
    const limit = (name: string) => (typeof values[name] === 'number' && values[name] > 0 ? values[name] : null);
    return { low: limit('cell_min_mv'), high: limit('cell_max_mv') };
  });
  readonly flow = $derived(this.reading === null ? null : (live.flows[this.reading.data.mac] ?? null));
  readonly late = $derived(this.reading !== null && isLate(this.reading));
}

export const latest = new Latest();
