// The page's colours, for canvases.
import type { Colors } from './celldrawing';

export function readColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: value('--ink'),
    quiet: value('--ink-3'),
    line: value('--line'),
    bar: value('--bar'),
    accent: value('--accent'),
    amber: value('--amber-fill'),
    amberText: value('--amber'),
    red: value('--red-fill'),
    redText: value('--red'),
    card: value('--card'),
    font: value('--font'),
  };
}
