// Texts that state facts match the data.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { alarmsStatus, balanceNote, ethernetStatus } = await load('lib/words.ts');

test('a machine without an address has no network; one without a cable is down; unknown stays unknown', () => {
  assert.equal(ethernetStatus({ ethernet_up: true, ip: '192.168.1.40' }), 'up');
  assert.equal(ethernetStatus({ ethernet_up: false, ip: '192.168.1.40' }), 'down');
  assert.equal(ethernetStatus({ ethernet_up: false, ip: null }), 'no network');
  assert.equal(ethernetStatus({ ethernet_up: true, ip: null }), 'up');
  assert.equal(ethernetStatus({ ethernet_up: null, ip: null }), '–');
});

test('alarms are counted, the worst is named, acknowledged and silent ones are noted', () => {
  const judged = { balance: 'judged', calm: 8, calm_needed: 8 };
  const alarms = { ...judged, open: 0, unacknowledged: 0, worst: null };
  assert.deepEqual(alarmsStatus(alarms, false), { value: 'none open', note: '' });
  assert.deepEqual(alarmsStatus(alarms, true), { value: 'none open', note: 'as last known' });
  assert.deepEqual(alarmsStatus({ ...judged, open: 3, unacknowledged: 1, worst: 'warning' }, true), {
    value: '3 open',
    note: 'worst: warning; 2 acknowledged; as last known',
  });
});

test('that no alarm is open is no good news while balance has not been judged', () => {
  const waiting = {
    balance: 'ignored: 28 A flowing',
    calm: 3,
    calm_needed: 8,
    open: 0,
    unacknowledged: 0,
    worst: null,
  };
  assert.equal(balanceNote(waiting), 'balance not judged yet: 3 of 8 calm sweeps');
  assert.equal(balanceNote({ ...waiting, calm: 8 }), '');
  assert.equal(balanceNote({ balance: null, calm: 0, calm_needed: 0 }), '');
  assert.equal(balanceNote({ ...waiting, balance: 'ignored: switched off' }), 'balance is not watched');
  assert.deepEqual(alarmsStatus(waiting, false), {
    value: 'none open',
    note: 'balance not judged yet: 3 of 8 calm sweeps',
  });
});
