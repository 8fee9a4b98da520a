// Texts and drawings of cells: torn readings, resistance, the scale of deviations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { resistanceText, tornBecause } = await load('lib/cellwords.ts');
const { nextReach } = await load('lib/cellscale.ts');
const { mapDrawing } = await load('lib/cellmap.ts');
const { barsDrawing } = await load('lib/cellbars.ts');

const reading = (rest) => ({ together: true, current_a: 0, delta: 20, ...rest });

test('a reading is torn when its cells are of several moments, or its spread jumped with the load', () => {
  assert.match(tornBecause(reading({ together: false }), null), /^The cells were not sampled at the same time/);
  assert.match(tornBecause(reading({ current_a: -38, delta: 90 }), reading()), /^The load changed by 38 A/);
  assert.match(tornBecause(reading({ current_a: -38, delta: 90, together: false }), reading()), /^The load/);
  assert.equal(tornBecause(reading({ current_a: -38 }), reading()), '', 'no spread');
  assert.equal(tornBecause(reading({ delta: 90 }), reading()), '', 'no step: that is imbalance');
  assert.equal(tornBecause(reading({ current_a: null, delta: 90 }), reading()), '');
  assert.equal(tornBecause(reading({ current_a: -38, delta: 90 }), null), '', 'nothing before it');
});

test('a resistance says how certain it is, an unknown one why', () => {
  const cell = { resistance_mohm: 1.318, resistance_uncertainty_mohm: 0.08, resistance_steps: 214 };
  assert.deepEqual(resistanceText(cell), { value: '1.32 mΩ', note: '± 0.08 mΩ, from 214 load steps' });
  assert.match(resistanceText({ ...cell, resistance_steps: 4 }).note, /; not certain yet$/);
  assert.match(resistanceText({ ...cell, resistance_uncertainty_mohm: 0.7 }).note, /; not certain yet$/);
  assert.deepEqual(resistanceText({ ...cell, resistance_mohm: null, resistance_steps: 3 }), {
    value: '–',
    note: 'too few load steps so far: 3',
  });
});

test('the reach of deviations is round, holds the farthest cell, and stands still', () => {
  assert.equal(nextReach(null, 11), 15);
  assert.equal(nextReach(15, 8), 15);
  assert.equal(nextReach(15, 15.5), 20);
  assert.equal(nextReach(null, 0), 10);
  assert.ok(nextReach(null, 170) >= 170);
  assert.ok(nextReach(100, 20) < 100, 'it shrinks again after one bad reading');
});

test('every cell of a map is found at its place, whatever the modules and the width', () => {
  for (const [count, width, perModule] of [
    [96, 290, 12],
    [96, 934, 2],
    [96, 934, 12],
    [97, 290, 48],
    [1, 290, 1],
  ]) {
    const drawing = mapDrawing(count, width, perModule);
    const found = new Set();
    for (let y = 0; y < drawing.height; y += 4) {
      for (let x = 0; x < width; x += 4) {
        const cell = drawing.cellAt(x, y);
        if (cell !== null) found.add(cell);
      }
    }
    assert.equal(found.size, count, `${count} cells by ${perModule} in ${width} px`);
    assert.equal(Math.max(...found), count - 1);
  }
});

test('96 bars stand in one row on a desktop and in two of 48 on a phone of 360 px', () => {
  assert.equal(barsDrawing(96, 934, false, false).rows, 1);
  const phone = barsDrawing(96, 294, false, true);
  assert.deepEqual([phone.rows, phone.stride], [2, 48]);
  assert.equal(phone.cellAt(293 - 5, 40), 47);
  assert.equal(phone.cellAt(20, 40), null, 'on the scale');
});
