// Sends a changed section to its owner and reports what becomes of it as a series of outcomes.
import { api, ApiError } from './api';
import { live } from './live.svelte';
import type { Changes, Edit, Reasons, Receiver, Section, Values } from './types';

export type Outcome =
  | { state: 'pending'; message: string }
  | { state: 'confirmed'; version: number | null }
  | { state: 'refused'; message: string; reasons: Reasons }
  | { state: 'conflict'; message: string; theirs: Values }
  | { state: 'timed_out'; message: string };

export type Report = (outcome: Outcome) => void;
/** Sends changes to the content that `etag` names. Reports at least once; the final outcome may come late. */
export type Send = (etag: string, changes: Changes, report: Report) => Promise<void>;

const POLL_MS = 1000;
/** The receiver gives up after 5 s; after this many polls the receiver itself is not answering. */
const POLLS_MAX = 15;

export function saveToTransmitter(mac: string, name: string): Send {
  return async (etag, changes, report) => {
    try {
      const edit = await api.changeSection(mac, name, etag, changes);
      await follow(mac, edit, report);
    } catch (error) {
      report(failure(error, (current) => live.applySection(mac, current as Section)));
    }
  };
}

export function saveToReceiver(name: string): Send {
  return async (etag, changes, report) => {
    report({ state: 'pending', message: '' });
    try {
      const receiver = await api.changeReceiver(name, etag, changes);
      live.applyReceiver(receiver);
      report({ state: 'confirmed', version: receiver.sections[name]?.version ?? null });
    } catch (error) {
      report(failure(error, (current) => live.applyReceiver(current as Receiver)));
    }
  };
}

/** Updates of the edit come over the socket; polling once a second covers a socket that is down. */
async function follow(mac: string, first: Edit, report: Report): Promise<void> {
  let state: Edit['state'] | null = null;
  let message = '';
  const tell = (edit: Edit): void => {
    if ((edit.state === state && edit.message === message) || state === 'confirmed') return;
    state = edit.state;
    message = edit.message;
    void outcomeOf(mac, edit).then(report);
    if (state !== 'pending' && state !== 'timed_out') unwatch();
  };
  let unwatch = (): void => {};
  tell(first);
  unwatch = live.watchEdit(first.id, tell);

  const undecided = () => state === 'pending';
  for (let polls = 0; undecided() && polls < POLLS_MAX; polls++) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (!undecided()) return;
    try {
      tell(await api.edit(mac, first.id));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) throw error;
    }
  }
  if (undecided()) {
    report({ state: 'timed_out', message: 'The receiver did not answer. The change may still arrive.' });
  }
}

async function outcomeOf(mac: string, edit: Edit): Promise<Outcome> {
  const { state, message, reasons } = edit;
  switch (state) {
    case 'pending':
    case 'timed_out':
      return { state, message };
    case 'refused':
      return { state, message, reasons };
    case 'conflict':
      return { state, message, theirs: edit.theirs ?? {} };
    case 'confirmed':
      await holdNewContent(mac, edit);
      return { state, version: edit.version };
  }
}

/** The form drops what was typed only once the page has the saved content. */
async function holdNewContent(mac: string, edit: Edit): Promise<void> {
  if (live.section(mac, edit.section)?.data.version === edit.version) return;
  try {
    live.applySection(mac, await api.section(mac, edit.section));
  } catch {
    // The push brings it a moment later.
  }
}

function failure(error: unknown, applyCurrent: (current: Section | Receiver) => void): Outcome {
  if (!(error instanceof ApiError)) {
    const message = 'The receiver did not answer. What you typed is kept; save again.';
    return { state: 'refused', message, reasons: {} };
  }
  if (error.status !== 409) return { state: 'refused', message: error.message, reasons: error.reasons };
  if (error.current !== null) applyCurrent(error.current);
  return { state: 'conflict', message: error.message, theirs: {} };
}
