// Sentences: what is said is so.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { alarmsStatus, ethernetStatus } = await load('lib/words.ts');

test('a machine without an address is on no network; one whose cable is out is down; unknown stays unknown', () => {
  assert.equal(ethernetStatus({ ethernet_up: true, ip: '192.168.1.40' }), 'up');
  assert.equal(ethernetStatus({ ethernet_up: false, ip: '192.168.1.40' }), 'down');
  assert.equal(ethernetStatus({ ethernet_up: false, ip: null }), 'no network');
  assert.equal(ethernetStatus({ ethernet_up: true, ip: null }), 'up');
  assert.equal(ethernetStatus({ ethernet_up: null, ip: null }), '–');
});

test('alarms are counted, the worst is named, who acknowledged or fell silent is told', () => {
  const alarms = { open: 0, unacknowledged: 0, worst: null };
  assert.deepEqual(alarmsStatus(alarms, false), { value: 'none open', note: '' });
  assert.deepEqual(alarmsStatus(alarms, true), { value: 'none open', note: 'as last known' });
  assert.deepEqual(alarmsStatus({ open: 3, unacknowledged: 1, worst: 'warning' }, true), {
    value: '3 open',
    note: 'worst: warning; 2 acknowledged; as last known',
  });
});
