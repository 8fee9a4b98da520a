// The list of events: order, filters, texts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const events = await load('lib/events.ts');

const NONE = { type: '', kind: '', open: false, mac: '' };
const event = (id, rest = {}) => ({
  id,
  type: 'alarm',
  mac: 'a',
  kind: 'imbalance',
  level: 'warning',
  cell: 17,
  begin: '2026-11-22T20:00:00.000Z',
  end: null,
  open: rest.type !== 'state' && (rest.end ?? null) === null,
  watched: (rest.end ?? null) === null,
  duration_s: 0,
  text: `Event ${id}.`,
  seen: false,
  acknowledged: null,
  recording: null,
  ...rest,
});

test('events are ordered by age, and an update replaces the event', () => {
  const ids = (list) => list.map(({ id }) => id);
  assert.deepEqual(ids(events.merged([event(5), event(3)], event(4))), [5, 4, 3]);
  assert.deepEqual(ids(events.merged([event(5)], event(6))), [6, 5]);
  assert.deepEqual(ids(events.merged([], event(1))), [1]);
  const renewed = events.merged([event(5), event(3)], event(3, { end: '2026-11-22T21:00:00.000Z' }));
  assert.deepEqual(ids(renewed), [5, 3]);
  assert.notEqual(renewed[1].end, null);
});

test('each part of a filter excludes what does not match', () => {
  assert.ok(events.passes(NONE, event(1)));
  for (const part of [{ type: 'state' }, { kind: 'link_lost' }, { mac: 'b' }]) {
    assert.equal(events.passes({ ...NONE, ...part }, event(1)), false, JSON.stringify(part));
  }
  assert.ok(events.passes({ ...NONE, open: true }, event(1)));
  assert.equal(events.passes({ ...NONE, open: true }, event(1, { end: '2026-11-22T21:00:00.000Z' })), false);
});

test('open alarms are counted and the worst is named, the newest among equals', () => {
  assert.equal(events.openText([]), 'No alarm is open.');
  assert.equal(events.openText([event(1)]), '1 alarm is open: Event 1.');
  assert.equal(events.openText([event(3), event(2, { level: 'alert' }), event(1)]), '3 alarms are open: Event 2.');
  assert.equal(events.openText([event(3, { level: 'info' }), event(2), event(1)]), '3 alarms are open: Event 2.');
});

test('an alarm that is acknowledged, or over, needs no attention', () => {
  assert.ok(events.isUnseen(event(1)));
  assert.equal(events.isUnseen(event(1, { seen: true })), false);
  assert.equal(events.isUnseen(event(1, { end: '2026-11-22T21:00:00.000Z' })), false);
  assert.ok(events.isOpenAlarm(event(1, { seen: true })));
});

test('an alarm lasts, a change of state does not; one that begins in the future is 0 s old', () => {
  const begin = Date.parse('2026-11-22T20:00:00.000Z') / 1000;
  assert.equal(events.lastingText(event(1), begin + 125), 'open for 2 min 5 s');
  assert.equal(events.lastingText(event(1), begin - 5), 'open for 0 s');
  assert.equal(
    events.lastingText(event(1, { end: '2026-11-22T20:00:41.000Z', duration_s: 41 }), begin + 999),
    'lasted 41 s',
  );
  assert.equal(events.lastingText(event(1, { type: 'state' }), begin), '');
  const silent = { watched: false, last_known: '2026-11-22T20:01:30.000Z', duration_s: 90 };
  assert.equal(events.lastingText(event(1, silent), begin + 9999), 'open for 90 s', 'it does not tick on');
  assert.equal(events.lastingText(event(1, { begin: null, duration_s: null }), begin), 'open', 'the clock is not set');
  assert.equal(events.lastingText(event(1, { begin: null, open: false, watched: false, duration_s: null }), begin), '');
});

test('a measured value is shown with its threshold, in readable units', () => {
  assert.equal(
    events.figureText(event(1, { value: 3774, threshold: 3783, unit: 'mV' }), 'celsius'),
    '3,774 mV, threshold 3,783 mV',
  );
  assert.equal(
    events.figureText(event(1, { value: 8.4, threshold: 8, unit: 'degC' }), 'celsius'),
    '8.4 °C, threshold 8 °C',
  );
  const spread = event(1, { kind: 'temperature_spread', value: 10, threshold: 5, unit: 'degC' });
  assert.equal(events.figureText(spread, 'fahrenheit'), '18.0 °F, threshold 9.0 °F');
  assert.equal(events.figureText({ ...spread, kind: 'temperature_high' }, 'fahrenheit'), '50.0 °F, threshold 41.0 °F');
  assert.equal(events.figureText(event(1, { value: 3, threshold: null, unit: null }), 'celsius'), '3');
  assert.equal(events.figureText(event(1, { value: null, worst: null, threshold: 5, unit: 'mV' }), 'celsius'), '');
  assert.equal(
    events.figureText(event(1, { value: null, worst: 12, threshold: 5, unit: 'mV' }), 'celsius'),
    '12 mV, threshold 5 mV',
    'the worst value, once it is over',
  );
});

test('every kind in both lists has a readable name', () => {
  for (const kind of [...events.ALARM_KINDS, ...events.STATE_KINDS])
    assert.match(events.kindText(kind), /^[A-Z][a-z]+( [a-z]+)+$|^Imbalance$/);
  const texts = [...events.ALARM_KINDS, ...events.STATE_KINDS].map(events.kindText);
  assert.ok(texts.length > 20);
  assert.equal(new Set(texts).size, texts.length, 'no two kinds read alike');
});
