// The last few minutes of readings, kept by this page for the time charts. Gaps in the readings stay gaps.
import { loadStep, tornBecause } from './cellwords';
import type { Reading } from './types';

/** As much as the charts show. */
export const KEEP_S = 300;
/** Old points are cut off in blocks, not one by one. */
const TRIM_SLACK_S = 30;
const GAP_S = 5;
const GAP_INTERVALS = 3.5;

type Column = (number | null)[];

export class History {
  /** Counts up with every change; the columns themselves are not reactive. */
  revision = $state(0);
  readonly time: number[] = [];
  readonly min: Column = [];
  readonly max: Column = [];
  readonly avg: Column = [];
  readonly current: Column = [];
  readonly soc: Column = [];

  /** Times of the readings whose spread jumped with the load. */
  readonly torn: number[] = [];
  /** Why the load may have caused the newest reading's spread; else empty. */
  tornReason = $state('');
  /** Samples seen, including those cut off since. */
  count = $state(0);
  /** Seconds between samples, as seen here; null before the second one. */
  pace = $state<number | null>(null);

  #last: Reading | null = null;
  #lastAt = 0;
  readonly #intervals: number[] = [];

  add(reading: Reading): void {
    // The battery's old values, sent again, are not a new sample.
    if (this.#last?.epoch === reading.epoch && this.#last.sequence === reading.sequence) return;

    const at = reading.timestamp ?? Date.now() / 1000 - (reading.age_s ?? 0);
    this.tornReason = tornBecause(reading, this.#last);
    if (loadStep(reading, this.#last) !== null) this.torn.push(at);
    this.#measure(reading);
    this.#last = reading;
    this.count++;

    const last = this.time.at(-1);
    if (last !== undefined) {
      if (at <= last)
        this.#cut(this.time.length); // the transmitter's clock was set back
      else if (at - last > Math.max(GAP_S, GAP_INTERVALS * (reading.interval_s ?? 0))) this.#gap(last);
    }
    this.#push(at, reading.min, reading.max, reading.avg, reading.current_a, reading.soc_pct);

    const first = this.time[0];
    if (first !== undefined && first < at - KEEP_S - TRIM_SLACK_S) {
      this.#cut(this.time.findIndex((time) => time >= at - KEEP_S));
    }
    this.revision++;
  }

  /** The median of the last few intervals, by this page's own clock. A lost sample does not double it. */
  #measure(reading: Reading): void {
    const INTERVALS = 5;
    const sampledAt = performance.now() / 1000 - (reading.age_s ?? 0);
    if (this.#last !== null && this.#last.epoch === reading.epoch) {
      this.#intervals.push((sampledAt - this.#lastAt) / Math.max(1, reading.sequence - this.#last.sequence));
      if (this.#intervals.length > INTERVALS) this.#intervals.shift();
      const sorted = [...this.#intervals].sort((a, b) => a - b);
      this.pace = sorted[Math.floor(sorted.length / 2)] ?? null;
    }
    this.#lastAt = sampledAt;
  }

  #push(at: number, ...values: (number | null)[]): void {
    this.time.push(at);
    this.#columns().forEach((column, i) => column.push(values[i] ?? null));
  }

  #gap(last: number): void {
    this.#push(last + 0.001, null, null, null, null, null);
  }

  #cut(count: number): void {
    this.time.splice(0, count);
    const first = this.time[0] ?? Infinity;
    this.torn.splice(0, this.torn.filter((at) => at < first).length);
    for (const column of this.#columns()) column.splice(0, count);
  }

  #columns(): Column[] {
    return [this.min, this.max, this.avg, this.current, this.soc];
  }
}
