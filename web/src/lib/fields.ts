// One field of the schema: from the receiver's value to what the form shows, and from what was typed back to a value,
// checked against the same ranges as on the transmitter.
import { number, plural, type TemperatureUnit } from './format';
import type { Change, Changes, FieldSchema, Reasons, Rule, SecretState, Value, Values } from './types';

export interface SecretInput {
  action: 'keep' | 'replace' | 'clear';
  text: string;
}
/** What a control holds: exactly what was typed. */
export type Input = string | boolean | string[] | SecretInput;

export type Parsed = { ok: true; value: Change } | { ok: false; reason: string };

/** A field in the unit of the page: its range, its decimals and what is typed are in that unit; values stay in the unit
 *  of `stored`. */
export interface ShownField extends FieldSchema {
  stored?: FieldSchema;
}

const NOT_SET_IPV4 = '0.0.0.0';

/** Degrees Fahrenheit at zero of a unit of the schema; K is the unit of a temperature difference. */
const FAHRENHEIT_AT_ZERO: Record<string, number> = { degC: 32, K: 0 };
const FAHRENHEIT_DECIMALS = 1;

/** Two different stored values never look the same: a tenth of a degree Celsius is more than a tenth Fahrenheit. */
export function shownAs(field: FieldSchema, temperatures: TemperatureUnit): ShownField {
  if (temperatures === 'celsius' || FAHRENHEIT_AT_ZERO[field.unit] === undefined) return field;
  const shown: ShownField = { ...field, unit: 'degF', decimals: FAHRENHEIT_DECIMALS, stored: field };
  if (field.min !== undefined) shown.min = toShown(shown, field.min);
  if (field.max !== undefined) shown.max = toShown(shown, field.max);
  return shown;
}

function toShown({ stored, decimals }: ShownField, value: number): number {
  if (stored === undefined) return value;
  const degrees = (value / 10 ** stored.decimals) * 1.8 + (FAHRENHEIT_AT_ZERO[stored.unit] ?? 0);
  return Math.round(degrees * 10 ** decimals);
}

/** The nearest value that can be stored. */
function toStored({ stored, decimals }: ShownField, value: number): number {
  if (stored === undefined) return value;
  const degrees = (value / 10 ** decimals - (FAHRENHEIT_AT_ZERO[stored.unit] ?? 0)) / 1.8;
  const nearest = Math.round(degrees * 10 ** stored.decimals);
  return nearest === 0 ? 0 : nearest; // never -0
}

export function isSecret(value: unknown): value is SecretState {
  return typeof value === 'object' && value !== null && 'set' in value;
}

/** 4032 with one decimal -> "403.2", without grouping, as one would type it. */
export function plainNumber(value: number, decimals: number): string {
  if (decimals === 0) return String(value);
  const digits = String(Math.abs(value)).padStart(decimals + 1, '0');
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return value < 0 ? `-${text}` : text;
}

export function inputOf(field: ShownField, value: Value | undefined): Input {
  switch (field.type) {
    case 'boolean':
      return value === true;
    case 'secret':
      return { action: 'keep', text: '' };
    case 'array':
      return Array.isArray(value) ? value.map((item) => plainNumber(item, field.decimals)) : [];
    case 'unsigned':
    case 'signed':
      return typeof value === 'number' ? plainNumber(toShown(field, value), field.decimals) : '';
    case 'ipv4':
      return typeof value === 'string' && value !== NOT_SET_IPV4 ? value : '';
    case 'enum':
    case 'string':
      return typeof value === 'string' ? value : '';
  }
}

const fail = (reason: string): Parsed => ({ ok: false, reason });
const good = (value: Change): Parsed => ({ ok: true, value });

export function parse(field: ShownField, input: Input): Parsed {
  switch (field.type) {
    case 'boolean':
      return good(input === true);
    case 'unsigned':
    case 'signed':
      return parseQuantity(field, String(input));
    case 'enum':
      return (field.values ?? []).includes(String(input)) ? good(String(input)) : fail('Choose one from the list');
    case 'string':
      return parseText(field, String(input));
    case 'secret':
      return parseSecret(field, input as SecretInput);
    case 'ipv4':
      return parseIpv4(String(input));
    case 'array':
      return parseArray(field, input as string[]);
  }
}

/** The unit as people write it; the schema keeps to ASCII. */
export const unitOf = (field: FieldSchema): string => WRITTEN[field.unit] ?? field.unit;

const WRITTEN: Record<string, string> = { degC: '°C', K: '°C', degF: '°F' };

/** 600,000 ms, but port 65535: a number without a unit is a name in digits. */
function numberText(field: FieldSchema, value: number): string {
  return field.unit === '' ? plainNumber(value, field.decimals) : number(value / 10 ** field.decimals, field.decimals);
}

/** The range in words: "1 to 65535", "250.0 to 450.0 V". */
export function rangeText(field: FieldSchema): string {
  return rangeWith((value) => numberText(field, value), field);
}

/** In reasons the range is written as a user would type it, which is also how the receiver writes it. */
const typedRange = (field: FieldSchema) => rangeWith((value) => plainNumber(value, field.decimals), field);

function rangeWith(end: (value: number) => string, field: FieldSchema): string {
  if (field.min === undefined || field.max === undefined) return '';
  return `${end(field.min)} to ${end(field.max)}${field.unit === '' ? '' : ` ${unitOf(field)}`}`;
}

function parseQuantity(field: ShownField, text: string): Parsed {
  const parsed = parseNumber(field, text);
  return parsed.ok ? good(toStored(field, parsed.value as number)) : parsed;
}

function parseNumber(field: FieldSchema, text: string): Parsed {
  const typed = text.trim().replace('−', '-');
  if (typed === '') return fail('Enter a number');
  const point = field.decimals > 0 ? typed.replace(',', '.') : typed;
  if (!/^[+-]?\d+(\.\d*)?$/.test(point)) return fail(`"${typed}" is not a number`);

  const [whole = '', fraction = ''] = point.split('.');
  const extra = fraction.slice(field.decimals);
  if (/[1-9]/.test(extra)) {
    return fail(field.decimals === 0 ? 'Enter a whole number' : `At most ${plural(field.decimals, 'decimal')}`);
  }
  const value = Number(whole + fraction.slice(0, field.decimals).padEnd(field.decimals, '0'));
  const { min = field.type === 'unsigned' ? 0 : -Infinity, max = Infinity } = field;
  if (value < min || value > max) return fail(`${typed} is outside ${typedRange(field)}`);
  return good(value === 0 ? 0 : value);
}

const bytes = (text: string) => new TextEncoder().encode(text).length;

function parseText(field: FieldSchema, text: string): Parsed {
  const size = bytes(text);
  if (field.max !== undefined && size > field.max) {
    return fail(`Too long: ${size} bytes, at most ${field.max} fit`);
  }
  if (/[\u0000-\u001f\u007f]/.test(text)) return fail('Must not contain control characters');
  return good(text);
}

function parseSecret(field: FieldSchema, input: SecretInput): Parsed {
  if (input.action === 'clear') return good(null);
  if (input.action === 'replace' && input.text === '') return fail('Type the new value, or keep the old one');
  return parseText(field, input.text);
}

function parseIpv4(text: string): Parsed {
  const typed = text.trim();
  if (typed === '') return good(NOT_SET_IPV4);
  const parts = typed.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && +part <= 255);
  return valid ? good(typed) : fail(`"${typed}" is not an IPv4 address such as 192.168.1.20`);
}

function parseArray(field: FieldSchema, items: string[]): Parsed {
  let end = items.length;
  while (end > 0 && (items[end - 1] ?? '').trim() === '') end--;
  const values: number[] = [];
  for (const [i, item] of items.slice(0, end).entries()) {
    const parsed = parseNumber({ ...field, type: 'unsigned' }, item);
    if (!parsed.ok) return fail(`${itemLabel(field, i)}: ${parsed.reason}`);
    values.push(parsed.value as number);
  }
  return good(values);
}

const HALF_HOURS = 48;

/** The 48 half hours of a day are labelled with times of day; anything else counts from 1. */
export function itemLabel(field: FieldSchema, index: number): string {
  if (field.count_max !== HALF_HOURS) return `${index + 1}`;
  return `${String(index >> 1).padStart(2, '0')}:${index % 2 === 0 ? '00' : '30'}`;
}

export function sameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => item === b[i]);
  if (isSecret(a) && isSecret(b)) return a.set === b.set;
  return a === b;
}

/** Whether what is in the control differs from the value the receiver holds. */
export function isChanged(field: ShownField, input: Input, value: Value | undefined): boolean {
  if (field.type === 'secret') return (input as SecretInput).action !== 'keep';
  const parsed = parse(field, input);
  return !parsed.ok || !sameValue(parsed.value, value);
}

/** A value in words, for a conflict, a read-only field or a reason. */
export function valueText(field: ShownField, value: Value | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (isSecret(value)) return value.set ? 'Set' : 'Not set';
  if (Array.isArray(value)) return value.map((item) => plainNumber(item, field.decimals)).join(', ');
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  if (typeof value === 'number') {
    return numberText(field, toShown(field, value)) + (field.unit === '' ? '' : ` ${unitOf(field)}`);
  }
  return value === '' || (field.type === 'ipv4' && value === NOT_SET_IPV4) ? 'Not set' : value;
}

function isEmpty(value: unknown): boolean {
  if (isSecret(value)) return !value.set;
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === undefined || value === '' || value === 0 || value === NOT_SET_IPV4;
}

/** The rules between fields that would be broken by saving these changes: a reason at the field to correct. */
export function brokenRules(rules: Rule[], fields: FieldSchema[], values: Values, changes: Changes): Reasons {
  const after: Record<string, unknown> = { ...values, ...changes };
  const title = (name: string) => fields.find((field) => field.name === name)?.title ?? name;
  const reasons: Reasons = {};
  for (const { kind, field, other, value } of rules) {
    if (kind === 'less') {
      const [low, high] = [after[field], after[other]];
      if (typeof low !== 'number' || typeof high !== 'number' || low < high) continue;
      const [at, sentence] =
        other in changes && !(field in changes)
          ? [other, `Must be above ${title(field)}`]
          : [field, `Must be below ${title(other)}`];
      reasons[at] = sentence;
    } else if (kind === 'requires') {
      const applies = value === undefined ? after[field] === true : sameValue(after[field], value);
      if (applies && isEmpty(after[other])) reasons[other] = `Needed by ${title(field)}`;
    }
  }
  return reasons;
}
