// Texts that state facts match the data.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { alarmsStatus, balanceNote, networkStatus, radioStatus, startStatus } = await load('lib/words.ts');

test('a network is by cable or not, and only MQTT needs one; unknown stays unknown', () => {
  const ip = '192.168.1.40';
  assert.deepEqual(networkStatus({ ethernet_up: true, ip }, true), { value: 'Ethernet', trouble: false });
  assert.deepEqual(networkStatus({ ethernet_up: false, ip }, true), { value: 'Wi-Fi', trouble: false });
  assert.deepEqual(networkStatus({ ethernet_up: false, ip: null }, false), { value: 'none', trouble: false });
  assert.deepEqual(networkStatus({ ethernet_up: false, ip: null }, true), { value: 'none', trouble: true });
  const waiting = { value: 'Ethernet, no address yet', trouble: true };
  assert.deepEqual(networkStatus({ ethernet_up: true, ip: null }, true), waiting);
  assert.deepEqual(networkStatus({ ethernet_up: null, ip: null }, true), { value: '–', trouble: false });
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

const board = {
  start: 'watchdog',
  start_text: 'the watchdog',
  crashes: 2,
  safe_mode: false,
  core_dump: true,
  channel: 6,
  recoveries: 3,
  recovered_s: 2.431,
};

test('why a board started is said, and what is wrong stands out', () => {
  assert.deepEqual(startStatus(board), {
    value: 'the watchdog',
    note: '2 crashes in a row; a core dump lies in its flash',
    trouble: true,
  });
  const safe = { ...board, start: 'power_on', start_text: 'power on', crashes: 0, core_dump: false, safe_mode: true };
  assert.deepEqual(startStatus(safe), {
    value: 'power on',
    note: 'safe mode: only radio and settings run',
    trouble: true,
  });
  assert.deepEqual(startStatus({ ...safe, safe_mode: false }), { value: 'power on', note: '', trouble: false });
  for (const silent of [null, { ...board, start: null, start_text: null }])
    assert.deepEqual(startStatus(silent), { value: '–', note: 'only boards tell', trouble: false });
});

test('how long a radio was without a receiver is said, and why nothing is', () => {
  assert.deepEqual(radioStatus(board), {
    value: 'channel 6',
    note: 'found a receiver again after 2.4 s; 3 times since its start',
  });
  assert.match(radioStatus({ ...board, recoveries: 1 }).note, /after 2\.4 s; once since its start$/);
  assert.match(radioStatus({ ...board, recovered_s: null }).note, /after weeks; /);
  assert.match(radioStatus({ ...board, recoveries: 0, recovered_s: null }).note, /^has had a receiver since/);
  for (const silent of [null, { ...board, channel: null }]) assert.equal(radioStatus(silent).value, '–');
});
