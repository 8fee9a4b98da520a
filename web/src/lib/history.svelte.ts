// A few minutes of readings, kept by this page for the time charts. A gap in the readings is a gap here.
import type { Reading } from './types';

const KEEP_S = 600;
/** So that old points are cut off in blocks, not one by one. */
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

  #lastKey = '';

  add(reading: Reading): void {
    const key = `${reading.epoch}/${reading.sequence}`;
    if (key === this.#lastKey) return;
    this.#lastKey = key;

    const at = reading.timestamp ?? Date.now() / 1000 - reading.age_s;
    const last = this.time.at(-1);
    if (last !== undefined) {
      if (at <= last) this.#cut(this.time.length); // the transmitter's clock was set back
      else if (at - last > Math.max(GAP_S, GAP_INTERVALS * (reading.interval_s ?? 0))) this.#gap(last);
    }
    this.#push(at, reading.min, reading.max, reading.avg, reading.current_a, reading.soc_pct);

    const first = this.time[0];
    if (first !== undefined && first < at - KEEP_S - TRIM_SLACK_S) {
      this.#cut(this.time.findIndex((time) => time >= at - KEEP_S));
    }
    this.revision++;
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
    for (const column of this.#columns()) column.splice(0, count);
  }

  #columns(): Column[] {
    return [this.min, this.max, this.avg, this.current, this.soc];
  }
}
