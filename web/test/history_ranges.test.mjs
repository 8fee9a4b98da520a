// Ranges and columns of the history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const ranges = await load('lib/ranges.ts');
const rollup = await load('lib/rollup.ts');
const { axisTime } = await load('lib/format.ts');

const DAY_S = 86400;
const NOW = 1_795_000_000;
const range = (query) => ranges.rangeOf(new URLSearchParams(query), NOW);

test('a range is named or custom; anything invalid is the last 24 h', () => {
  assert.deepEqual(range('range=7d'), { from: NOW - 7 * DAY_S, to: NOW, name: '7d' });
  assert.deepEqual(range('from=100&to=400'), { from: 100, to: 400, name: null });
  for (const query of ['', 'range=9d', 'range=toString', 'from=400&to=100', 'from=x&to=y', 'from=100&to=120']) {
    assert.equal(range(query).name, '24h', query);
  }
});

test('zooming stays within the range, moving keeps its length', () => {
  const day = { from: 0, to: DAY_S, name: null };
  assert.deepEqual(ranges.closer(day, DAY_S / 2), [DAY_S / 4, (3 * DAY_S) / 4]);
  assert.deepEqual(ranges.closer(day, 0), [0, DAY_S / 2]);
  assert.deepEqual(ranges.closer(day, DAY_S), [DAY_S / 2, DAY_S]);
  assert.deepEqual(ranges.closer({ from: 0, to: 70 }, 35), [5, 65]);
  assert.deepEqual(ranges.moved(day, -0.5), [-DAY_S / 2, DAY_S / 2]);
});

test('typed times are in the given zone, on both sides of a clock change', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe']) {
    for (const at of [1_774_742_400, 1_774_750_000, 1_792_886_400, 1_792_900_000, NOW]) {
      const minute = Math.floor(at / 60) * 60;
      const back = ranges.parseTyped(ranges.typedTime(minute, zone), zone);
      // The hour that comes twice in autumn may be read as either.
      assert.ok(back === minute || Math.abs(back - minute) <= 3600, `${zone} ${at}`);
      assert.equal(ranges.typedTime(back, zone), ranges.typedTime(minute, zone));
    }
  }
  assert.equal(ranges.typedTime(0, 'Europe/Berlin'), '1970-01-01T01:00');
  assert.equal(ranges.parseTyped('', 'UTC'), null);
});

const point = (at, rest = {}) => ({
  at,
  readings: 6,
  pack_v: [360, 364.8, 366],
  current_a: null,
  soc_percent: [50, 51, 52],
  temperatures_c: [],
  cells_mv: [],
  ...rest,
});

test('missing points are a gap, a late point is not', () => {
  const points = [point(0), point(60), point(300), point(360)];
  const { time, points: padded } = rollup.withGaps({ points, resolution_s: 60 });
  assert.deepEqual(time, [0, 60, 120, 300, 360]);
  assert.equal(padded[2], null);
  const [mean, low, high] = rollup.banded(padded, (one) => one.pack_v);
  assert.deepEqual([mean[2], low[2], high[2]], [null, null, null]);
  assert.deepEqual([mean[0], low[0], high[0]], [364.8, 360, 366]);
  assert.equal(
    rollup.banded(padded, (one) => one.current_a)[0].every((value) => value === null),
    true,
  );
});

test('a difference needs both values', () => {
  assert.equal(rollup.difference(3800, 3812.5), -12.5);
  assert.equal(rollup.difference(undefined, 3812.5), null);
});

test('energy is grouped by day, in long ranges by month', () => {
  const day = (n) => ({ day: new Date(n * DAY_S * 1000).toISOString().slice(0, 10), in_kwh: 2, out_kwh: 1 });
  const days = (count) => Array.from({ length: count }, (_, n) => day(n));
  assert.equal(rollup.energyBars(days(30)).length, 30);
  const months = rollup.energyBars(days(365));
  assert.deepEqual([months.length, months[0]], [12, { label: '1970-01', inKwh: 62, outKwh: 31 }]);
  assert.deepEqual(rollup.energyBars([]), []);
});

test('cells are written as the API takes them, steps as people read them', () => {
  assert.equal(rollup.cellList([16, 2]), '2,16');
  assert.equal(rollup.cellList([0, 1, 2, 3]), '0-3');
  assert.deepEqual([10, 60, 3600, 7200].map(rollup.stepText), ['10 s', '1 min', '1 h', '2 h']);
});

test('an axis shows the time, the day at midnight, and the month over years', () => {
  assert.equal(axisTime(1_795_000_020, 30, 'UTC'), '11:07:00');
  assert.equal(axisTime(1_795_000_020, 3600, 'UTC'), '11:07');
  assert.match(axisTime(1_795_046_400, 3600, 'UTC'), /^Nov\.? 19$/);
  assert.match(axisTime(1_795_046_400, 30 * DAY_S, 'UTC'), /2026/);
});
