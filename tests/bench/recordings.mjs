// The recordings below a folder that the benches play, and how the program is told to read one.
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const sources = { '.csv': 'csv', '.log': 'candump' }; // by a file's extension

export function recordings(path) {
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => {
      const name = join(path, entry.name);
      if (entry.isDirectory()) return recordings(name);
      return extname(name) in sources ? [name] : [];
    })
    .sort();
}

export const sourceOf = (path) => `${sources[extname(path)]}:${path}`;
