// Three pages by the History API; the server answers each path with the same document.

export const pages = [
  { path: '/', title: 'Overview' },
  { path: '/settings', title: 'Settings' },
  { path: '/monitoring', title: 'Monitoring' },
] as const;

export type Page = (typeof pages)[number];

function pageOf(pathname: string): Page {
  const path = pathname.replace(/\/+$/, '') || '/';
  return pages.find((page) => page.path === path) ?? pages[0];
}

class Router {
  page = $state.raw<Page>(pageOf(location.pathname));

  constructor() {
    addEventListener('popstate', () => (this.page = pageOf(location.pathname)));
  }

  go(path: string): void {
    if (path !== location.pathname) history.pushState(null, '', path);
    this.page = pageOf(path);
    scrollTo(0, 0);
  }

  /** For links: an ordinary click stays on the page, any other is the browser's. */
  readonly follow = (event: MouseEvent & { currentTarget: HTMLAnchorElement }): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.go(event.currentTarget.pathname);
  };
}

export const router = new Router();
