// Sentences: what is said is so.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { ethernetStatus } = await load('lib/words.ts');

test('a machine without an address is on no network; one whose cable is out is down; unknown stays unknown', () => {
  assert.equal(ethernetStatus({ ethernet_up: true, ip: '192.168.1.40' }), 'up');
  assert.equal(ethernetStatus({ ethernet_up: false, ip: '192.168.1.40' }), 'down');
  assert.equal(ethernetStatus({ ethernet_up: false, ip: null }), 'no network');
  assert.equal(ethernetStatus({ ethernet_up: true, ip: null }), 'up');
  assert.equal(ethernetStatus({ ethernet_up: null, ip: null }), '–');
});
