// Prints what the receiver has to send for the first page, gzipped, and fails above the budget.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 105_000;
const dist = fileURLToPath(new URL('../dist', import.meta.url));

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();

let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(file), { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(8)} B  ${relative(dist, file)}`);
}
console.log(`${String(total).padStart(8)} B  gzipped in all, of ${BUDGET_BYTES} B allowed`);
if (total > BUDGET_BYTES) {
  console.error('The pages are over their budget.');
  process.exit(1);
}
