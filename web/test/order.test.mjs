// The order of several transmitters: worst first.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { worstFirst } = await load('lib/order.ts');

const one = (name, { worst = null, link = 'Connected', sync = 'verified', mac = '02:00:00:00:00:01' } = {}) => ({
  name,
  mac,
  link,
  sync,
  alarms: { open: worst === null ? 0 : 1, worst },
});

function assertOrder(...right) {
  const names = (all) => all.map(({ name, mac }) => `${name} ${mac}`);
  assert.deepEqual(names([...right].sort(worstFirst)), names(right));
  assert.deepEqual(names([...right].reverse().sort(worstFirst)), names(right));
}

test('the worst alarm comes first, whatever the link', () => {
  assertOrder(
    one('Z', { worst: 'alert' }),
    one('Y', { worst: 'warning', link: 'Offline' }),
    one('X', { worst: 'info' }),
    one('A', { link: 'Offline', sync: 'stale' }),
  );
});

test('with equal alarms the silent one comes first, then unverified settings, then the name', () => {
  assertOrder(
    one('Z', { worst: 'warning', link: 'Offline' }),
    one('Y', { worst: 'warning', link: 'Degraded' }),
    one('X', { worst: 'warning', sync: 'unverifiable' }),
    one('A', { worst: 'warning' }),
    one('B', { worst: 'warning' }),
  );
});

test('names are sorted numerically, equal ones by address', () => {
  assertOrder(one('Pack 2'), one('Pack 10'), one('Pack 10', { mac: '02:00:00:00:00:02' }));
});
