// Alarms and changes of state: their names, their order, which of them pass a filter. Pure.
import { duration, fahrenheit, humanize, inUnit, quantity, type TemperatureUnit } from './format';
import type { Level, PackEvent } from './types';

export { ALARM_KINDS, STATE_KINDS } from './contract';

export const kindText = (kind: string): string => humanize(kind);

const RANK: Record<Level, number> = { info: 0, warning: 1, alert: 2 };

/** Worst first; the newest first among equals. */
export const byWeight = (a: PackEvent, b: PackEvent): number => RANK[b.level] - RANK[a.level] || b.id - a.id;

export const isOpenAlarm = (event: PackEvent): boolean => event.open;

/** Open and not acknowledged: somebody should look at it. */
export const isUnseen = (event: PackEvent): boolean => event.open && !event.seen;

export interface Filter {
  type: '' | 'alarm' | 'state';
  kind: string;
  open: boolean;
  /** '' means all transmitters. */
  mac: string;
}

export function passes(filter: Filter, event: PackEvent): boolean {
  return (
    (filter.type === '' || event.type === filter.type) &&
    (filter.kind === '' || event.kind === filter.kind) &&
    (!filter.open || event.open) &&
    (filter.mac === '' || event.mac === filter.mac)
  );
}

/** The list with one event added, or updated in place; newest first. */
export function merged(list: readonly PackEvent[], event: PackEvent): PackEvent[] {
  const newer = list.filter((one) => one.id > event.id);
  const older = list.filter((one) => one.id < event.id);
  return [...newer, event, ...older];
}

/** "lasted 2 min 5 s"; "open for 2 min 5 s" for an open alarm, counted from its beginning; empty for a change of state. */
export function lastingText(event: PackEvent, nowS: number): string {
  if (event.type === 'state') return '';
  if (event.watched && event.begin !== null)
    return `open for ${duration(Math.max(0, nowS - Date.parse(event.begin) / 1000))}`;
  if (event.duration_s === null) return event.open ? 'open' : '';
  return `${event.open ? 'open for' : 'lasted'} ${duration(event.duration_s)}`;
}

const isSpread = (kind: string): boolean => kind === 'temperature_spread';

/** The receiver's text, with temperatures in the unit of this page. */
export const eventText = ({ kind, text }: PackEvent, temperatures: TemperatureUnit): string =>
  inUnit(text, temperatures, isSpread(kind));

/** "3,774 mV, threshold 3,783 mV": the current or the worst value, and its threshold; empty where nothing is measured. */
export function figureText(
  { kind, value: now, worst, threshold, unit }: PackEvent,
  temperatures: TemperatureUnit,
): string {
  const value = now ?? worst;
  if (value === null) return '';
  const written = (figure: number) => {
    const decimals = Number.isInteger(figure) ? 0 : 1;
    if (unit !== 'degC') return quantity(figure, unit ?? '', decimals);
    if (temperatures === 'celsius') return quantity(figure, '°C', decimals);
    return quantity(isSpread(kind) ? figure * 1.8 : fahrenheit(figure), '°F', 1);
  };
  return threshold === null ? written(value) : `${written(value)}, threshold ${written(threshold)}`;
}

/** "2 alarms are open: Cell 17 is 38 mV below the others.", naming the worst. */
export function openText(open: readonly PackEvent[], temperatures: TemperatureUnit): string {
  const worst = [...open].sort(byWeight)[0];
  if (worst === undefined) return 'No alarm is open.';
  const count = open.length === 1 ? '1 alarm is open' : `${open.length} alarms are open`;
  return `${count}: ${eventText(worst, temperatures)}`;
}
