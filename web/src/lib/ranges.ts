// The range that the history shows: a named one that ends now, or a custom one; times are typed in the receiver's time
// zone. Pure.

export interface Range {
  /** UTC seconds. */
  from: number;
  to: number;
  /** null for a custom range. */
  name: RangeName | null;
}

const DAY_S = 86_400;
export const RANGES = { '24h': DAY_S, '7d': 7 * DAY_S, '30d': 30 * DAY_S, '1y': 365 * DAY_S } as const;
export type RangeName = keyof typeof RANGES;
export const RANGE_TITLES: Record<RangeName, string> = { '24h': '24 h', '7d': '7 d', '30d': '30 d', '1y': '1 y' };
const RANGE_DEFAULT: RangeName = '24h';

/** A range shorter than this shows nothing. */
export const RANGE_MIN_S = 60;

const isRangeName = (name: string | null): name is RangeName => name !== null && Object.hasOwn(RANGES, name);

/** ?from=&to= in UTC seconds, or ?range=7d; anything else is the last 24 h. */
export function rangeOf(query: URLSearchParams, nowS: number): Range {
  const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
  if (from > 0 && to - from >= RANGE_MIN_S) return { from, to, name: null };
  const asked = query.get('range');
  const name = isRangeName(asked) ? asked : RANGE_DEFAULT;
  const end = Math.ceil(nowS);
  return { from: end - RANGES[name], to: end, name };
}

/** Half as long, around a moment within the range. */
export function closer({ from, to }: Range, center: number): [number, number] {
  const length = Math.max(RANGE_MIN_S, (to - from) / 2);
  const start = Math.min(Math.max(from, center - length / 2), to - length);
  return [Math.round(start), Math.round(start + length)];
}

/** The same length, moved by so many lengths; later where positive. */
export function moved({ from, to }: Range, lengths: number): [number, number] {
  const by = (to - from) * lengths;
  return [Math.round(from + by), Math.round(to + by)];
}

/** A time zone's offset from UTC at a moment, in seconds. */
function offsetOf(utcSeconds: number, timeZone: string): number {
  const whole = Math.floor(utcSeconds);
  return Date.parse(`${wallClock(whole, timeZone)}Z`) / 1000 - whole;
}

function wallClock(utcSeconds: number, timeZone: string): string {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return text.format(utcSeconds * 1000).replace(' ', 'T');
}

/** For an input of type datetime-local: "2026-11-22T18:02". */
export const typedTime = (utcSeconds: number, timeZone: string): string => wallClock(utcSeconds, timeZone).slice(0, 16);

/** From such an input back to UTC seconds; null if it is not a time. */
export function parseTyped(text: string, timeZone: string): number | null {
  const asUtc = Date.parse(`${text}Z`) / 1000;
  if (!Number.isFinite(asUtc)) return null;
  // The first guess may lie on the other side of a clock change and give the wrong offset; a second one settles it.
  const guess = asUtc - offsetOf(asUtc, timeZone);
  return asUtc - offsetOf(guess, timeZone);
}
