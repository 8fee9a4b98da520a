// The pages by the History API; the server answers each path with the same document, one that is none of these with
// a status of 404. Whose data a page shows stands in its query (?mac=), so that a link says all that it means.
import views from './views.json';

type ViewName = keyof typeof views;
/** `missing`: nothing is at this path. */
export type PageName = ViewName | 'cell' | 'missing';

interface Entry {
  name: PageName;
  path: string;
  title: string;
}

/** Those of the navigation; a cell's own page is reached from them. */
export const pages: readonly Entry[] = (Object.keys(views) as ViewName[]).map((name) => ({ name, ...views[name] }));

export interface Place extends Entry {
  query: URLSearchParams;
  /** Of a cell's page, from 1. */
  cell: number | null;
}

export function placeOf(url: URL): Place {
  const path = url.pathname.replace(/\/+$/, '') || '/';
  const query = url.searchParams;
  const cell = /^\/cells\/([1-9]\d{0,2})$/.exec(path)?.[1];
  if (cell !== undefined) return { name: 'cell', path, title: `Cell ${cell}`, query, cell: Number(cell) };
  const entry = pages.find((page) => page.path === path) ?? { name: 'missing', path, title: 'No such page' };
  return { ...entry, query, cell: null };
}

export const cellPath = (number: number, mac: string) => `/cells/${number}?mac=${encodeURIComponent(mac)}`;

class Router {
  page = $state.raw<Place>(placeOf(new URL(location.href)));
  /** The page that was asked for, while its code is fetched: until then the one before it stays, whole and live. */
  coming = $state.raw<PageName | null>(null);
  /** Fetches the code of a page; null where it is here. Answers too when it could not be had. */
  prepare: (name: PageName) => Promise<unknown> | null = () => null;
  #turns = 0;

  constructor() {
    addEventListener('popstate', () => void this.#turnTo(new URL(location.href)));
  }

  /** Another page, and a step that the browser's own Back undoes. */
  go(href: string): void {
    const url = new URL(href, location.href);
    void this.#turnTo(url, () => {
      if (url.href !== location.href) history.pushState(null, '', url);
      scrollTo(0, 0);
    });
  }

  /** The same page with another query; `step` makes it one that Back undoes. */
  ask(changes: Record<string, string | null>, step = false): void {
    const url = new URL(location.href);
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === '') url.searchParams.delete(key);
      else url.searchParams.set(key, value);
    }
    if (url.href === location.href) return;
    if (step) history.pushState({ steps: this.steps + 1 }, '', url);
    else history.replaceState(history.state, '', url);
    this.page = placeOf(url);
  }

  /** How many steps of `ask` lie behind this one. */
  get steps(): number {
    void this.page;
    return (history.state as { steps?: number } | null)?.steps ?? 0;
  }

  /** In the same turn where the code is here; of two that wait the later one counts. */
  async #turnTo(url: URL, atOnceBefore = () => {}): Promise<void> {
    const turn = ++this.#turns;
    const place = placeOf(url);
    const fetched = this.prepare(place.name);
    if (fetched !== null) {
      this.coming = place.name;
      await fetched;
      if (turn !== this.#turns) return;
    }
    this.coming = null;
    atOnceBefore();
    this.page = place;
  }

  /** For links: an ordinary click stays on the page, any other is the browser's. */
  readonly follow = (event: MouseEvent & { currentTarget: HTMLAnchorElement }): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.go(event.currentTarget.href);
  };
}

export const router = new Router();
