// What the receiver last sent, kept current by its two sockets. The pages read nothing else.
import { api } from './api';
import { clock } from './clock.svelte';
import { Flow, type FlowNow } from './flow';
import { History } from './history.svelte';
import { LiveSocket } from './socket.svelte';
import type { Edit, PackEvent, Reading, Receiver, Schema, Section, StateMessage, Transmitter } from './types';

/** Something the receiver sent, and when it arrived here: ages tick from then on. */
export interface Heard<T> {
  data: T;
  at: number;
}

/** After this long without a message on either socket the receiver is probed: readings, where there are any, come every
 *  second or faster, and it answers within milliseconds. */
const SILENCE_MS = 4000;
const PROBE_EVERY_MS = 1000;
const PROBE_TIMEOUT_MS = 3000;
const SCHEMA_RETRY_MS = 2000;

const heard = <T>(data: T): Heard<T> => ({ data, at: performance.now() });
const sectionKey = (mac: string, name: string) => `${mac}/${name}`;

class Live {
  schema = $state.raw<Schema | null>(null);
  receiver = $state.raw<Heard<Receiver> | null>(null);
  transmitters = $state.raw<Record<string, Heard<Transmitter>>>({});
  sections = $state.raw<Record<string, Heard<Section>>>({});
  readings = $state.raw<Record<string, Heard<Reading>>>({});
  /** The first full picture has arrived. */
  ready = $state(false);
  readyAt = $state(0);
  /** Counts full pictures and gaps in what is pushed: after each, anything that is not part of the picture has to be
   *  requested again. */
  pictures = $state(0);

  readonly #state = new LiveSocket(
    '/ws/state',
    (m) => this.#onState(m as StateMessage),
    () => this.#onOpen(),
  );
  readonly #cells = new LiveSocket('/ws/cells', (m) => this.#onReading(m as Reading));
  /** What each pack is doing. */
  flows = $state.raw<Record<string, FlowNow | null>>({});
  readonly #histories = new Map<string, History>();
  readonly #flows = new Map<string, Flow>();
  readonly #editWatchers = new Map<string, (edit: Edit) => void>();
  readonly #earlyEdits = new Map<string, Edit>();
  readonly #eventWatchers = new Set<(event: PackEvent) => void>();
  #listed = new Set<string>();
  #probing = false;

  /** True from the moment a socket goes down until both are back. */
  readonly lost = $derived(this.#state.state === 'lost' || this.#cells.state === 'lost');
  readonly connecting = $derived(!this.lost && !this.ready);
  readonly #nextRetryAt = $derived.by(() => {
    const times = [this.#state, this.#cells]
      .filter((socket) => socket.state === 'lost')
      .map((socket) => socket.retryAt ?? 0);
    return times.length === 0 ? 0 : Math.min(...times);
  });
  /** Whole seconds to the next attempt; 0 while one is under way. */
  readonly retryInS = $derived(Math.max(0, Math.ceil((this.#nextRetryAt - clock.now) / 1000)));

  start(): void {
    this.#state.connect();
    this.#cells.connect();
    void this.#loadSchema();
    setInterval(() => void this.#probeWhenSilent(), PROBE_EVERY_MS);
    addEventListener('online', () => this.#retryNow());
    addEventListener('offline', () => this.#dropAll());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#retryNow();
    });
  }

  section(mac: string, name: string): Heard<Section> | null {
    return this.sections[sectionKey(mac, name)] ?? null;
  }

  /** A transmitter's name, or its address where the name is not known; empty for null. */
  nameOf(mac: string | null): string {
    return mac === null ? '' : (this.transmitters[mac]?.data.name ?? mac);
  }

  history(mac: string): History {
    let history = this.#histories.get(mac);
    if (history === undefined) this.#histories.set(mac, (history = new History()));
    return history;
  }

  applyReceiver(receiver: Receiver): void {
    this.receiver = heard(receiver);
    const { followed } = receiver.places;
    const gone = Object.keys(this.transmitters).filter((mac) => !followed.includes(mac));
    if (gone.length > 0) this.#letGo(gone);
  }

  /** Drops transmitters that are no longer followed, so that nothing old is shown if they come back. */
  #letGo(macs: string[]): void {
    const without = <T>(all: Record<string, T>) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => !macs.some((mac) => key.startsWith(mac))));
    this.transmitters = without(this.transmitters);
    this.sections = without(this.sections);
    this.readings = without(this.readings);
    this.flows = without(this.flows);
    for (const mac of macs) {
      this.#histories.delete(mac);
      this.#flows.delete(mac);
    }
  }

  applySection(mac: string, section: Section): void {
    this.sections = { ...this.sections, [sectionKey(mac, section.name)]: heard(section) };
  }

  /** Calls back with every update of one edit, including one that arrived before this call. */
  watchEdit(id: string, onNews: (edit: Edit) => void): () => void {
    this.#editWatchers.set(id, onNews);
    const early = this.#earlyEdits.get(id);
    if (early !== undefined) onNews(early);
    return () => this.#editWatchers.delete(id);
  }

  /** Calls back with each alarm and change of state as it begins, ends or is acknowledged. */
  watchEvents(onNews: (event: PackEvent) => void): () => void {
    this.#eventWatchers.add(onNews);
    return () => this.#eventWatchers.delete(onNews);
  }

  #onOpen(): void {
    this.#listed = new Set();
    if (this.schema !== null) void this.#loadSchema(); // the receiver may have been updated
  }

  #onState(message: StateMessage): void {
    switch (message.type) {
      case 'receiver':
        this.applyReceiver(message.receiver);
        break;
      case 'transmitter':
        this.#listed.add(message.transmitter.mac);
        this.transmitters = { ...this.transmitters, [message.transmitter.mac]: heard(message.transmitter) };
        break;
      case 'section':
        this.applySection(message.mac, message.section);
        break;
      case 'edit':
        this.#onEdit(message.edit);
        break;
      case 'event':
        for (const watcher of this.#eventWatchers) watcher(message.event);
        break;
      case 'events_missed':
        this.pictures++;
        break;
      case 'ready':
        this.#onReady();
        break;
    }
  }

  #onReady(): void {
    const known = Object.entries(this.transmitters).filter(([mac]) => this.#listed.has(mac));
    this.transmitters = Object.fromEntries(known);
    if (!this.ready) this.readyAt = performance.now();
    this.ready = true;
    this.pictures++;
  }

  #onEdit(edit: Edit): void {
    const EARLY_MAX = 16;
    this.#earlyEdits.set(edit.id, edit);
    const oldest = this.#earlyEdits.keys().next();
    if (this.#earlyEdits.size > EARLY_MAX && !oldest.done) this.#earlyEdits.delete(oldest.value);
    this.#editWatchers.get(edit.id)?.(edit);
  }

  #onReading(reading: Reading): void {
    this.readings = { ...this.readings, [reading.mac]: heard(reading) };
    this.history(reading.mac).add(reading);
    this.#flow(reading);
  }

  #flow(reading: Reading): void {
    let flow = this.#flows.get(reading.mac);
    if (flow === undefined) this.#flows.set(reading.mac, (flow = new Flow()));
    flow.add(reading, performance.now() / 1000);
    this.flows = { ...this.flows, [reading.mac]: flow.now };
  }

  async #loadSchema(): Promise<void> {
    try {
      const schema = await api.schema();
      if (schema.revision !== this.schema?.revision) this.schema = schema;
    } catch {
      if (this.schema === null) setTimeout(() => void this.#loadSchema(), SCHEMA_RETRY_MS);
    }
  }

  /** A dead radio link closes no socket: after a silence, ask the receiver. */
  async #probeWhenSilent(): Promise<void> {
    const heardAt = Math.max(this.#state.lastHeardAt, this.#cells.lastHeardAt);
    if (this.#probing || this.#state.state !== 'open' || performance.now() - heardAt < SILENCE_MS) return;
    this.#probing = true;
    try {
      this.applyReceiver(await api.receiver(PROBE_TIMEOUT_MS));
      this.#state.lastHeardAt = performance.now();
    } catch {
      this.#dropAll();
    }
    this.#probing = false;
  }

  #dropAll(): void {
    this.#state.drop();
    this.#cells.drop();
  }

  #retryNow(): void {
    this.#state.retryNow();
    this.#cells.retryNow();
  }
}

export const live = new Live();
