// What an answer of the receiver becomes, whole or not.
import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { load } from './load.mjs';

const { api, ApiError } = await load('lib/api.ts');
const { fetch } = globalThis;

afterEach(() => {
  globalThis.fetch = fetch;
});

const answering = (status, json) => {
  globalThis.fetch = () => Promise.resolve({ ok: status < 400, status, json });
};

test("a refusal has the receiver's own words", async () => {
  answering(503, () => Promise.resolve({ error: 'The store is busy.' }));
  await assert.rejects(api.receiver(), (error) => error instanceof ApiError && error.message === 'The store is busy.');
});

test('an answer that is no JSON is named by its status', async () => {
  answering(502, () => Promise.reject(new SyntaxError('Unexpected token <')));
  await assert.rejects(api.receiver(), { message: 'The receiver answered with status 502.' });
});

test('an answer that is cut off is no refusal, whatever its status', async () => {
  for (const error of [new DOMException('timed out', 'TimeoutError'), new TypeError('terminated')]) {
    answering(202, () => Promise.reject(error));
    await assert.rejects(api.receiver(), (thrown) => thrown === error);
  }
});
