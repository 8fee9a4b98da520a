// The events that pass a filter, newest first: requested page by page, then kept up to date by pushed events.
import { api } from './api';
import { merged, passes, type Filter } from './events';
import { live } from './live.svelte';
import type { PackEvent } from './types';

const PAGE_SIZE = 50;

export class EventList {
  events = $state.raw<PackEvent[]>([]);
  /** Where the older ones begin: the next value of `before`. */
  next = $state<number | null>(null);
  loading = $state(true);
  /** The receiver's message when it could not answer. */
  fault = $state('');
  #filter: Filter | null = null;
  #sinceAsked: PackEvent[] = [];

  /** Keeps the list current until the returned function is called. */
  watch(): () => void {
    return live.watchEvents((event) => {
      this.#sinceAsked.push(event);
      this.take(event);
    });
  }

  /** Adds or updates one event; drops it if it no longer passes the filter. */
  take(event: PackEvent): void {
    if (this.#filter === null) return;
    const list = merged(this.events, event);
    this.events = passes(this.#filter, event) ? list : list.filter((one) => one.id !== event.id);
  }

  async ask(filter: Filter): Promise<void> {
    this.#filter = filter;
    this.#sinceAsked = [];
    await this.#load(filter, undefined);
  }

  async askOlder(): Promise<void> {
    if (this.#filter !== null && this.next !== null) await this.#load(this.#filter, this.next);
  }

  async #load(filter: Filter, before: number | undefined): Promise<void> {
    this.loading = true;
    this.fault = '';
    try {
      const { open, ...query } = filter;
      const page = await api.events({ ...query, open: open ? 'true' : undefined, limit: PAGE_SIZE, before });
      if (this.#filter !== filter) return; // another filter was chosen meanwhile
      this.events = before === undefined ? page.events : [...this.events, ...page.events];
      this.next = page.next;
      for (const event of this.#sinceAsked) this.take(event);
    } catch (error) {
      if (this.#filter !== filter) return;
      this.fault = error instanceof Error ? error.message : 'The receiver did not answer.';
    }
    this.loading = false;
  }
}
