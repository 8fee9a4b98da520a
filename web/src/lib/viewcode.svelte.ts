// The code of each view: fetched when the view is first shown, and all others once the browser is idle, so that what
// is opened while the receiver is away was loaded while it was there.
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
  new Promise<never>((_, reject) => setTimeout(() => reject(new Error('The receiver sent no page.')), PATIENCE_MS));

const whenIdle = (work: () => void) =>
  'requestIdleCallback' in globalThis ? requestIdleCallback(work) : setTimeout(work, 1000);

class ViewCode {
  here = $state.raw<Partial<Record<PageName, Component>>>({});

  /** Whether it is here now; waits for it so long as a person would. */
  async load(name: PageName): Promise<boolean> {
    if (this.here[name] !== undefined) return true;
    const fetched = FETCHES[name]().then((code) => void (this.here = { ...this.here, [name]: code.default }));
    return Promise.race([fetched, tooLate()]).then(
      () => true,
      () => false,
    );
  }

  /** All the others, one after another; the first that does not come ends it. */
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
