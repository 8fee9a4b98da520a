// The code of each view: fetched when the view is first shown, the others once the browser is idle, so that a view can be
// opened while the receiver is unreachable.
import type { Component } from 'svelte';
import Missing from '../pages/Missing.svelte';
import { router, type PageName } from './router.svelte';

const FETCHES: Record<PageName, () => Promise<{ default: Component }>> = {
  overview: () => import('../pages/Overview.svelte'),
  monitoring: () => import('../pages/Monitoring.svelte'),
  history: () => import('../pages/History.svelte'),
  events: () => import('../pages/Events.svelte'),
  settings: () => import('../pages/Settings.svelte'),
  cell: () => import('../pages/Cell.svelte'),
  missing: () => Promise.resolve({ default: Missing }),
};
const NAMES = Object.keys(FETCHES) as PageName[];
const PATIENCE_MS = 8000;

const tooLate = () =>
  new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error('The receiver did not send the page.')), PATIENCE_MS),
  );

const whenIdle = (work: () => void) =>
  'requestIdleCallback' in globalThis ? requestIdleCallback(work) : setTimeout(work, 1000);

class ViewCode {
  here = $state.raw<Partial<Record<PageName, Component>>>({});

  /** Loads a view; true once it is there, false if it takes longer than a person would wait. */
  async load(name: PageName): Promise<boolean> {
    if (this.here[name] !== undefined) return true;
    const fetched = FETCHES[name]().then((code) => void (this.here = { ...this.here, [name]: code.default }));
    return Promise.race([fetched, tooLate()]).then(
      () => true,
      () => false,
    );
  }

  /** Loads all other views, one after another; stops at the first failure. */
  loadRest(): void {
    if (NAMES.every((name) => this.here[name] !== undefined)) return;
    whenIdle(() => void this.#loadEach());
  }

  async #loadEach(): Promise<void> {
    for (const name of NAMES) {
      if (!(await this.load(name))) return;
    }
  }
}

export const viewCode = new ViewCode();

router.prepare = (name) => (viewCode.here[name] === undefined ? viewCode.load(name) : null);
