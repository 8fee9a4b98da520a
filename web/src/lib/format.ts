// Numbers and times as the pages write them: a space before the unit, an en dash for an unknown value.

export const UNKNOWN = '–';
const MINUS = '−';

const grouped = (decimals: number) =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
const formats = [0, 1, 2, 3].map(grouped);

/** 3812 -> "3,812"; a real minus sign; never "-0". */
export function number(value: number | null | undefined, decimals = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const format = formats[decimals] ?? grouped(decimals);
  const text = format.format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

export function quantity(value: number | null | undefined, unit: string, decimals = 0): string {
  const text = number(value, decimals);
  return text === UNKNOWN || unit === '' ? text : `${text} ${unit}`;
}

/** 1 write; 2 writes. */
export function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Always with a sign, for deviations. */
export function signed(value: number, unit: string, decimals = 0): string {
  const text = quantity(value, unit, decimals);
  return text.startsWith(MINUS) || !/[1-9]/.test(text) ? text : `+${text}`;
}

/** 3 s; 2 min 5 s; 3 h 12 min; 4 d 2 h. */
export function duration(seconds: number): string {
  const s = Math.floor(seconds);
  if (s < 100) return `${s} s`;
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string) =>
    small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
  if (s < 3600) return pair(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86400) return pair(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  return pair(Math.floor(s / 86400), 'd', Math.floor((s % 86400) / 3600), 'h');
}

export function power(watts: number): string {
  const size = Math.abs(watts);
  return size < 1000 ? quantity(size, 'W') : quantity(size / 1000, 'kW', size < 100_000 ? 1 : 0);
}

export type TemperatureUnit = 'celsius' | 'fahrenheit';

/** Converts the temperatures (degC) in a text of the receiver to the unit of this page; `spread` for a text about a
 *  difference between temperatures. */
export function inUnit(text: string, unit: TemperatureUnit, spread = false): string {
  return text.replace(/(-?\d+(?:\.\d+)?) ?degC/g, (_, figure: string) => {
    const celsius = Number(figure);
    if (unit === 'celsius') return quantity(celsius, '°C', figure.includes('.') ? 1 : 0);
    return quantity(spread ? celsius * 1.8 : fahrenheit(celsius), '°F', figure.includes('.') ? 1 : 0);
  });
}

export const fahrenheit = (celsius: number): number => celsius * 1.8 + 32;

export function temperature(celsius: number | null, unit: TemperatureUnit): string {
  if (celsius === null) return UNKNOWN;
  return unit === 'fahrenheit' ? quantity(fahrenheit(celsius), '°F', 1) : quantity(celsius, '°C', 1);
}

export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '';
  const percent = (part / whole) * 100;
  return `${number(percent, percent > 0 && percent < 10 ? 2 : 1)} %`;
}

/** The time zone if the browser knows it, else UTC. */
export function knownTimeZone(name: unknown): string {
  if (typeof name !== 'string' || name === '') return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    return 'UTC';
  }
}

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const DATE: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit' };
const SHAPES = {
  time: { ...CLOCK, second: '2-digit' },
  minute: CLOCK,
  date: DATE,
  full: { ...DATE, ...CLOCK, second: '2-digit' },
  brief: { ...CLOCK, month: '2-digit', day: '2-digit' },
  day: { month: 'short', day: 'numeric' },
  month: { year: 'numeric', month: 'short' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

const dateFormats = new Map<string, Intl.DateTimeFormat>();
function dateText(shape: keyof typeof SHAPES, utcSeconds: number, timeZone: string): string {
  const key = `${timeZone}/${shape}`;
  let format = dateFormats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, ...SHAPES[shape] });
    dateFormats.set(key, format);
  }
  return format.format(utcSeconds * 1000);
}

/** 18:02:07 */
export const timeOfDay = (utcSeconds: number, timeZone: string): string => dateText('time', utcSeconds, timeZone);

/** 2026-11-22 */
export const dateOnly = (utcSeconds: number, timeZone: string): string => dateText('date', utcSeconds, timeZone);

/** 11-22, 18:02 */
export const briefTime = (utcSeconds: number, timeZone: string): string => dateText('brief', utcSeconds, timeZone);

/** 2026-11-22, 18:02:07 UTC */
export const dateTime = (utcSeconds: number, timeZone: string): string =>
  `${dateText('full', utcSeconds, timeZone)} ${timeZone}`;

const DAY_S = 86_400;
const MONTH_S = 28 * DAY_S;

/** A label of a time axis, by the seconds between labels: 18:02:30; 18:02, or the day at midnight; a day; a month. */
export function axisTime(utcSeconds: number, stepS: number, timeZone: string): string {
  if (stepS >= MONTH_S) return dateText('month', utcSeconds, timeZone);
  const minute = dateText('minute', utcSeconds, timeZone);
  if (stepS >= DAY_S || minute === '00:00') return dateText('day', utcSeconds, timeZone);
  return stepS >= 60 ? minute : dateText('time', utcSeconds, timeZone);
}

const ACRONYMS = /\b(ac|bms|byd|can|dc|dhcp|fd|id|ip|lfp|lmo|lto|mqtt|nca|nmc|rs485|sma|soc|tls|udp|usb)\b/g;

/** "static_ip" -> "Static IP" */
export function humanize(name: string): string {
  const words = name.replaceAll('_', ' ').replace(ACRONYMS, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The version, with the short git hash that people compare. */
export function firmware(version: string | null, commit: string | null): string {
  if (version === null || version === '') return UNKNOWN;
  return commit ? `${version} (${commit.slice(0, 7)})` : version;
}
