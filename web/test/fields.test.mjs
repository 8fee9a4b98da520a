// F1: a form accepts what the schema allows, and sends exactly what was typed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { parse, inputOf, isChanged, brokenRules, valueText, plainNumber, rangeText, shownAs, unitOf } =
  await load('lib/fields.ts');

const field = (type, rest = {}) => ({ name: 'f', title: 'F', type, unit: '', decimals: 0, ...rest });
const reason = (...given) => parse(...given).reason;
const value = (...given) => parse(...given).value;

test('a number outside its range is refused with the range', () => {
  const port = field('unsigned', { min: 1, max: 65535 });
  assert.equal(reason(port, '70000'), '70000 is outside 1 to 65535');
  assert.equal(reason(port, ''), 'Enter a number');
  assert.equal(reason(port, '18.5'), 'Enter a whole number');
  assert.equal(reason(port, '1e3'), '"1e3" is not a number');
  assert.equal(value(port, ' 1883 '), 1883);
});

test('decimals are scaled without rounding', () => {
  const volts = field('unsigned', { min: 0, max: 10000, decimals: 1, unit: 'V' });
  assert.equal(value(volts, '403.2'), 4032);
  assert.equal(value(volts, '403,2'), 4032);
  assert.equal(value(volts, '403'), 4030);
  assert.equal(reason(volts, '403.25'), 'At most 1 decimal');
  assert.equal(reason(volts, '1000.1'), '1000.1 is outside 0.0 to 1000.0 V');
});

test('signed numbers keep their sign below one', () => {
  const degrees = field('signed', { min: -400, max: 800, decimals: 1 });
  assert.equal(value(degrees, '-0.5'), -5);
  assert.equal(plainNumber(-5, 1), '-0.5');
  assert.equal(inputOf(degrees, -5), '-0.5');
});

test('text is measured in bytes', () => {
  const name = field('string', { max: 4 });
  assert.equal(value(name, 'abcd'), 'abcd');
  assert.equal(reason(name, 'äöü'), 'Too long: 6 bytes, at most 4 fit');
});

test('an empty address is "not set", a wrong one is refused', () => {
  const ip = field('ipv4');
  assert.equal(value(ip, ''), '0.0.0.0');
  assert.equal(value(ip, '192.168.1.20'), '192.168.1.20');
  for (const wrong of ['192.168.1', '192.168.1.256', '192.168.01.1', 'host']) assert.ok(reason(ip, wrong));
});

test('an array ends at its last number and has no holes', () => {
  const slots = field('array', { count_max: 48, min: 0, max: 100 });
  assert.deepEqual(value(slots, ['1', '2', '', '']), [1, 2]);
  assert.equal(reason(slots, ['1', '', '3']), '00:30: Enter a number');
  assert.equal(isChanged(slots, ['1', '2'], [1, 2]), false);
});

test('only Replace and Clear change a secret', () => {
  const secret = field('secret', { max: 8 });
  assert.equal(isChanged(secret, { action: 'keep', text: '' }, { set: true }), false);
  assert.equal(value(secret, { action: 'clear', text: '' }), null);
  assert.equal(value(secret, { action: 'replace', text: 'abc' }), 'abc');
  assert.ok(reason(secret, { action: 'replace', text: '' }));
});

test('rules between fields name the field to correct', () => {
  const fields = [field('unsigned', { name: 'low', title: 'Low' }), field('unsigned', { name: 'high', title: 'High' })];
  const less = [{ kind: 'less', field: 'low', other: 'high' }];
  assert.deepEqual(brokenRules(less, fields, { low: 1, high: 5 }, { low: 6 }), { low: 'Must be below High' });
  assert.deepEqual(brokenRules(less, fields, { low: 4, high: 5 }, { high: 3 }), { high: 'Must be above Low' });
  assert.deepEqual(brokenRules(less, fields, { low: 1, high: 5 }, { low: 2 }), {});

  const needs = [{ kind: 'requires', field: 'mode', value: 'static', other: 'ip' }];
  assert.deepEqual(Object.keys(brokenRules(needs, [], { mode: 'dhcp', ip: '0.0.0.0' }, { mode: 'static' })), ['ip']);
  assert.deepEqual(brokenRules(needs, [], { mode: 'dhcp', ip: '0.0.0.0' }, {}), {});
});

test('values in words', () => {
  assert.equal(valueText(field('unsigned', { decimals: 1, unit: 'V' }), 4032), '403.2 V');
  assert.equal(valueText(field('unsigned'), 1883), '1883');
  assert.equal(valueText(field('signed', { unit: 'degC' }), -4), '−4 °C');
  assert.equal(valueText(field('secret'), { set: false }), 'Not set');
  assert.equal(valueText(field('boolean'), true), 'On');
});

const limit = field('signed', { min: -40, max: 100, unit: 'degC' });
const spread = field('unsigned', { min: 1, max: 100, unit: 'K' });

test('F3: a page in Fahrenheit shows, takes and checks temperatures in Fahrenheit, and stores them as they are', () => {
  const shown = shownAs(limit, 'fahrenheit');
  assert.equal(inputOf(shown, 45), '113.0');
  assert.equal(valueText(shown, -40), '−40.0 °F');
  assert.equal(unitOf(shown), '°F');
  assert.equal(rangeText(shown), '−40.0 to 212.0 °F');
  assert.equal(value(shown, '113'), 45);
  assert.equal(value(shown, '114'), 46, 'the nearest that can be stored');
  assert.equal(value(shown, '-4'), -20);
  assert.equal(Object.is(value(shown, '32'), 0), true);
  assert.equal(reason(shown, '212.1'), '212.1 is outside -40.0 to 212.0 °F');
  assert.equal(reason(shown, '45.55'), 'At most 1 decimal');
});

test('F3: a temperature difference is converted without an offset', () => {
  const shown = shownAs(spread, 'fahrenheit');
  assert.equal(inputOf(shown, 15), '27.0');
  assert.equal(valueText(shown, 15), '27.0 °F');
  assert.equal(rangeText(shown), '1.8 to 180.0 °F');
  assert.equal(value(shown, '27'), 15);
  assert.equal(valueText(shownAs(spread, 'celsius'), 15), '15 °C');
  assert.equal(reason(shown, '1'), '1 is outside 1.8 to 180.0 °F');
});

test('F3: a temperature shown in Fahrenheit and saved untouched does not change', () => {
  for (const one of [limit, spread, field('signed', { min: -400, max: 1000, decimals: 1, unit: 'degC' })]) {
    const shown = shownAs(one, 'fahrenheit');
    for (let stored = one.min; stored <= one.max; stored++) {
      assert.equal(value(shown, inputOf(shown, stored)), stored);
      assert.equal(isChanged(shown, inputOf(shown, stored), stored), false);
    }
  }
});

test('a field without a temperature is the same in both units', () => {
  for (const unit of ['V', 'mV', 'W', '']) {
    const volts = field('unsigned', { min: 0, max: 10, unit });
    assert.equal(shownAs(volts, 'fahrenheit'), volts);
  }
  assert.equal(shownAs(limit, 'celsius'), limit);
});
