// How the pages write numbers, and the scale that all bars share.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const format = await load('lib/format.ts');
const { nextScale, findTrouble } = await load('lib/cellscale.ts');

test('a space precedes the unit; an unknown value is an en dash, never 0', () => {
  assert.equal(format.quantity(3812, 'mV'), '3,812 mV');
  assert.equal(format.quantity(null, 'mV'), '–');
  assert.equal(format.quantity(-12.44, 'A', 1), '−12.4 A');
  assert.equal(format.number(-0.04, 1), '0.0');
  assert.equal(format.temperature(14.6, 'fahrenheit'), '58.3 °F');
  assert.equal(format.plural(1, 'write'), '1 write');
  assert.equal(format.plural(0, 'write'), '0 writes');
});

test('temperatures in a text are converted to the unit of the page', () => {
  assert.equal(
    format.inUnit('Sensor 2 is at 51.5 degC (alert at 50 degC).', 'celsius'),
    'Sensor 2 is at 51.5 °C (alert at 50 °C).',
  );
  assert.equal(
    format.inUnit('Sensor 2 is at 51.5 degC (alert at 50 degC).', 'fahrenheit'),
    'Sensor 2 is at 124.7 °F (alert at 122 °F).',
  );
  assert.equal(format.inUnit('Sensors differ by 10.0 degC.', 'fahrenheit', true), 'Sensors differ by 18.0 °F.');
});

test('durations and power', () => {
  assert.deepEqual([0.9, 41, 125, 3600, 93600].map(format.duration), ['0 s', '41 s', '2 min 5 s', '1 h', '1 d 2 h']);
  assert.equal(format.power(-1830), '1.8 kW');
});

test('times are in the given zone; an unknown zone is UTC', () => {
  assert.equal(format.timeOfDay(0, 'Europe/Berlin'), '01:00:00');
  assert.equal(format.knownTimeZone('Nowhere/Land'), 'UTC');
});

test('the spread fills about half the height, and small changes keep the scale', () => {
  const scale = nextScale(null, 3800, 3820);
  assert.ok(scale.low < 3800 && scale.high > 3820);
  const filled = 20 / (scale.high - scale.low);
  assert.ok(filled >= 0.35 && filled <= 0.6, `${filled}`);
  assert.equal(nextScale(scale, 3801, 3821), scale);
  assert.notEqual(nextScale(scale, 3700, 3821), scale);
});

test('a cell apart from the others is found; a torn reading marks none', () => {
  const cells = Array.from({ length: 96 }, (_, i) => 3810 + (i % 5));
  cells[30] = 3740;
  cells[40] = null;
  const reading = { cells, avg: 3811.3, together: true };
  const unlimited = { low: null, high: null };
  const none = new Set();
  assert.deepEqual([...findTrouble(reading, unlimited, none).keys()], [30]);
  assert.equal(findTrouble({ ...reading, together: false }, unlimited, none).size, 0);
  assert.equal(findTrouble(reading, { low: 3750, high: null }, new Set([30])).get(30), 'below the limit');
  const alarmed = findTrouble(reading, unlimited, new Set([5, 40]));
  assert.deepEqual(
    [...alarmed.entries()],
    [
      [5, 'alarm open'],
      [30, 'stands out'],
    ],
    'a missing cell has no bar',
  );
});
