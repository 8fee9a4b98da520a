// Prints the gzipped size of each view as the first page, and of all of them together. Fails above the budget.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const FIRST_PAGE_BYTES_MAX = 100_000;
const ALL_BYTES_MAX = 120_000;
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));

const sizes = new Map();
function sizeOf(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
  return sizes.get(file);
}

/** The file of a chunk and of everything it depends on. */
function filesOf(key, files = new Set()) {
  const { file, imports = [], css = [] } = manifest[key];
  if (files.has(file)) return files;
  for (const one of [file, ...css]) files.add(one);
  for (const other of imports) filesOf(other, files);
  return files;
}

const always = [
  'index.html',
  'favicon.svg',
  ...filesOf('index.html'),
  ...(manifest['style.css'] ? [manifest['style.css'].file] : []),
];
const views = manifest['index.html'].dynamicImports ?? [];
const sum = (files) => [...new Set(files)].reduce((total, file) => total + sizeOf(file), 0);
const firstPages = views.map((view) => ({
  name: view,
  bytes: sum([...always, ...filesOf(view)]),
  max: FIRST_PAGE_BYTES_MAX,
}));
const all = {
  name: 'all views',
  bytes: sum([...always, ...views.flatMap((view) => [...filesOf(view)])]),
  max: ALL_BYTES_MAX,
};

if (views.length < 2) throw new Error('The views are not built as separate chunks.');
for (const { name, bytes, max } of [...firstPages, all]) {
  console.log(`${String(bytes).padStart(8)} B of ${max}  ${name}`);
  if (bytes <= max) continue;
  console.error('The pages are over their budget.');
  process.exitCode = 1;
}
