// Routes between the pages with the History API. The server answers every path with the same document, with status 404
// if there is no such page. The query names the transmitter (?mac=), so that a link is complete.
import views from './views.json';

type ViewName = keyof typeof views;
/** `missing`: there is no page at this path. */
export type PageName = ViewName | 'cell' | 'missing';

interface Entry {
  name: PageName;
  path: string;
  title: string;
}

/** The pages in the navigation; a cell's page is reached from them. */
export const pages: readonly Entry[] = (Object.keys(views) as ViewName[]).map((name) => ({ name, ...views[name] }));

export interface Place extends Entry {
  query: URLSearchParams;
  /** On a cell's page, its number from 1; else null. */
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
  /** The page that was asked for, while its code is being fetched; the previous one stays, whole and live. */
  coming = $state.raw<PageName | null>(null);
  /** Fetches the code of a page; null if it is already loaded. Resolves even if fetching fails. */
  prepare: (name: PageName) => Promise<unknown> | null = () => null;
  #turns = 0;

  constructor() {
    addEventListener('popstate', () => void this.#turnTo(new URL(location.href)));
  }

  /** Goes to another page, as a step that the browser's Back undoes. */
  go(href: string): void {
    const url = new URL(href, location.href);
    void this.#turnTo(url, () => {
      if (url.href !== location.href) history.pushState(null, '', url);
      scrollTo(0, 0);
    });
  }

  /** Changes the query of this page; `step` makes it a step that Back undoes. */
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

  /** How many steps of `ask` Back can undo. */
  get steps(): number {
    void this.page;
    return (history.state as { steps?: number } | null)?.steps ?? 0;
  }

  /** Synchronous if the code is already loaded; of two that wait, the later one wins. */
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

  /** For links: handles an ordinary click, and leaves any other to the browser. */
  readonly follow = (event: MouseEvent & { currentTarget: HTMLAnchorElement }): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.go(event.currentTarget.href);
  };
}

export const router = new Router();
