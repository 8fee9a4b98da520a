// What the pack is doing, in a word that does not flicker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Flow } = await load('lib/flow.ts');

const reading = (amperes, volts = 370) => ({ pack_voltage_v: volts, current_a: amperes });

function play(flow, amperes, stepS = 0.1, startS = 0) {
  return amperes.map((value, i) => {
    flow.add(reading(value), startS + i * stepS);
    return flow.now.direction;
  });
}

test('a pack whose sensor flickers by one step around zero is at rest', () => {
  const flickering = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 0.5 : -0.5));
  assert.deepEqual(new Set(play(new Flow(), flickering)), new Set(['at rest']));
  const oneStepUp = Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? 0.5 : 0));
  assert.deepEqual(new Set(play(new Flow(), oneStepUp)), new Set(['at rest']));
});

test('the start and the end of charging show within a second', () => {
  const flow = new Flow();
  play(flow, Array(20).fill(0));
  assert.equal(play(flow, Array(10).fill(10), 0.1, 2).at(-1), 'charging');
  assert.ok(Math.abs(flow.now.watts - 3700) < 400);
  assert.equal(play(flow, Array(12).fill(0), 0.1, 3).at(-1), 'at rest');
  assert.equal(play(flow, Array(12).fill(-20), 0.1, 4.2).at(-1), 'discharging');
});

test('between the two thresholds the word does not change', () => {
  const flow = new Flow();
  play(flow, [0, 0.5, 0]); // the sensor's step is 0.5 A
  const seen = play(flow, [0.8, 0.8, 0.8, 0.8, 3, 3, 3, 0.8, 0.8, 0.8], 2, 10);
  assert.deepEqual(seen, [
    'at rest',
    'at rest',
    'at rest',
    'at rest',
    'charging',
    'charging',
    'charging',
    'charging',
    'charging',
    'charging',
  ]);
});

test('without current or voltage nothing is said', () => {
  const flow = new Flow();
  flow.add(reading(null), 0);
  assert.equal(flow.now, null);
});
