// The open alarms of all transmitters: requested with each full picture, then kept up to date by pushed events.
import { api, ApiError } from './api';
import { isOpenAlarm, merged } from './events';
import { live } from './live.svelte';
import type { PackEvent } from './types';

const OPEN_MAX = 100;
const RETRY_MS = 5000;

class Alarms {
  /** Newest first; null until the receiver has answered. */
  open = $state.raw<PackEvent[] | null>(null);
  #sinceAsked: PackEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    live.watchEvents((event) => this.#take(event));
    $effect.root(() => {
      $effect(() => {
        if (live.pictures > 0) void this.#ask();
      });
    });
  }

  of(mac: string): PackEvent[] {
    return (this.open ?? []).filter((event) => event.mac === mac);
  }

  #take(event: PackEvent): void {
    this.#sinceAsked.push(event);
    if (this.open !== null) this.open = renewed(this.open, event);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.#sinceAsked = [];
    try {
      const { events } = await api.events({ type: 'alarm', open: 'true', limit: OPEN_MAX });
      this.open = this.#sinceAsked.reduce(renewed, events);
    } catch (error) {
      const refused = error instanceof ApiError && error.status < 500;
      if (!refused) this.#timer = setTimeout(() => void this.#ask(), RETRY_MS);
    }
    this.#sinceAsked = [];
  }
}

const renewed = (open: PackEvent[], event: PackEvent): PackEvent[] =>
  event.type === 'alarm' ? merged(open, event).filter(isOpenAlarm) : open;

export const alarms = new Alarms();
