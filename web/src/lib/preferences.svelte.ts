// How this page is shown: the receiver's display section, and what this browser overrides.
import { knownTimeZone, type TemperatureUnit } from './format';
import { live } from './live.svelte';
import { worstFirst } from './order';
import { router } from './router.svelte';

export type Theme = 'auto' | 'light' | 'dark';
const THEMES: Theme[] = ['auto', 'light', 'dark'];
const THEME_KEY = 'voltbeacon.theme';
const TRANSMITTER_KEY = 'voltbeacon.transmitter';
const VIEW_KEY = 'voltbeacon.cellview';
const MODULE_KEY = 'voltbeacon.permodule';

/** How the cells are drawn. */
export type CellView = 'bars' | 'deviation' | 'map';
const VIEWS: CellView[] = ['bars', 'deviation', 'map'];

/** Cells in one case: two in a Leaf's module, twelve in an i3's or a Zoe's. */
export const PER_MODULE_MAX = 48;
const PER_MODULE_DEFAULT = 12;

const asTheme = (value: unknown): Theme => THEMES.find((theme) => theme === value) ?? 'auto';

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser without storage forgets; nothing else depends on it.
  }
}

const knownPerModule = (count: number): number | null =>
  Number.isInteger(count) && count >= 1 && count <= PER_MODULE_MAX ? count : null;

class Preferences {
  /** This browser's own choice; "auto" follows the receiver's setting, whose "auto" follows the system. */
  theme = $state<Theme>(asTheme(stored(THEME_KEY)));
  cellView = $state<CellView>(VIEWS.find((view) => view === stored(VIEW_KEY)) ?? 'bars');
  cellsPerModule = $state(knownPerModule(Number(stored(MODULE_KEY))) ?? PER_MODULE_DEFAULT);
  #systemDark = $state(false);

  readonly #display = $derived(live.receiver?.data.sections['display']?.values ?? {});
  readonly temperatureUnit: TemperatureUnit = $derived(
    this.#display['temperature_unit'] === 'fahrenheit' ? 'fahrenheit' : 'celsius',
  );
  readonly timeZone = $derived(knownTimeZone(this.#display['timezone']));
  readonly #wanted = $derived(this.theme === 'auto' ? asTheme(this.#display['theme']) : this.theme);
  readonly shade: 'light' | 'dark' = $derived(
    this.#wanted === 'auto' ? (this.#systemDark ? 'dark' : 'light') : this.#wanted,
  );

  constructor() {
    const system = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = system.matches;
    system.addEventListener('change', () => (this.#systemDark = system.matches));
  }

  nextTheme(): void {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? 'auto';
    store(THEME_KEY, this.theme);
  }

  showCellsAs(view: CellView): void {
    this.cellView = view;
    store(VIEW_KEY, view);
  }

  /** A count that no module can have is ignored. */
  setCellsPerModule(count: number): void {
    this.cellsPerModule = knownPerModule(count) ?? this.cellsPerModule;
    store(MODULE_KEY, String(this.cellsPerModule));
  }
}

export const preferences = new Preferences();

/** Which transmitter the pages show: the one in the address, else the one chosen last, else the one that was worst off
 *  when the first full picture came. It stays, so that the page does not jump from pack to pack. */
class Selection {
  #inAddress = $state(router.page.query.get('mac'));
  #chosen = $state(stored(TRANSMITTER_KEY));
  #worstAtFirst: string | null = null;

  /** Worst first. */
  readonly all = $derived(Object.values(live.transmitters).sort((a, b) => worstFirst(a.data, b.data)));
  readonly current = $derived.by(() => {
    if (this.#inAddress !== null) return live.transmitters[this.#inAddress] ?? null;
    const chosen = this.#chosen === null ? undefined : live.transmitters[this.#chosen];
    return chosen ?? this.#first();
  });
  /** The transmitter named in the address, if this receiver does not follow it; else null. */
  readonly missing = $derived(
    this.#inAddress !== null && live.ready && live.transmitters[this.#inAddress] === undefined ? this.#inAddress : null,
  );

  choose(mac: string): void {
    this.#chosen = mac;
    store(TRANSMITTER_KEY, mac);
    router.ask({ mac });
  }

  /** Takes the transmitter named in the address; null where it names none. */
  addressed(mac: string | null): void {
    this.#inAddress = mac;
    if (mac === null || live.transmitters[mac] === undefined) return;
    this.#chosen = mac;
    store(TRANSMITTER_KEY, mac);
  }

  #first() {
    const kept = this.#worstAtFirst === null ? undefined : live.transmitters[this.#worstAtFirst];
    const first = kept ?? this.all[0] ?? null;
    if (live.ready) this.#worstAtFirst = first?.data.mac ?? null;
    return first;
  }
}

export const selection = new Selection();
