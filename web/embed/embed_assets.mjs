// usage: embed_assets.mjs DIST VIEWS.JSON TABLE.C [--gzipped-only]; writes the built pages as C.
//
// A small device has them gzipped only, for a client without gzip is hardly worth their bytes.
// Every file is gzipped and named by the path it is served under. Vite puts a hash of the content
// into the names below assets/, so those never change and may be cached without limit.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

const CONTENT_TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
const BYTES_PER_LINE = 20;

function filesBelow(dir) {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.')) // the build's own manifest
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

function contentType(path) {
  const type = CONTENT_TYPES[extname(path)];
  if (type === undefined) {
    throw new Error(`${path} has no known content type; add its ending to web/embed/embed_assets.mjs.`);
  }
  return type;
}

function arrayOf(name, bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    lines.push(`    ${[...bytes.subarray(at, at + BYTES_PER_LINE)].join(', ')},`);
  }
  return `static const uint8_t ${name}[${bytes.length}] = {\n${lines.join('\n')}\n};\n`;
}

function formOf(name, bytes) {
  const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return `{.etag = ${JSON.stringify(`"${etag}"`)}, .bytes = ${name}, .size = sizeof(${name})}`;
}

const [dist, viewsFile, table, option] = process.argv.slice(2);
const gzippedOnly = option === '--gzipped-only';
const views = Object.values(JSON.parse(readFileSync(viewsFile, 'utf8'))).map(({ path }) => path);
const arrays = [];
const rows = [];
for (const [index, file] of filesBelow(dist).entries()) {
  const path = `/${relative(dist, file).split(sep).join('/')}`;
  const plain = readFileSync(file);
  const gzipped = gzipSync(plain, { level: 9 });
  arrays.push(arrayOf(`asset_${index}`, gzipped));
  if (!gzippedOnly) arrays.push(arrayOf(`asset_${index}_plain`, plain));
  rows.push(`    {
        .path = ${JSON.stringify(path)},
        .content_type = ${JSON.stringify(contentType(file))},
        .gzipped = ${formOf(`asset_${index}`, gzipped)},
        .plain = ${gzippedOnly ? '{.bytes = NULL}' : formOf(`asset_${index}_plain`, plain)},
        .immutable = ${path.startsWith('/assets/')},
    },`);
}

writeFileSync(
  table,
  `/* Written by web/embed/embed_assets.mjs from web/dist. */
#include "embed/web_assets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

${arrays.join('\n')}
static const struct vb_asset assets[] = {
${rows.join('\n')}
};
static const char *const views[] = {
${[...views, '/cells/*'].map((path) => `    ${JSON.stringify(path)},`).join('\n')}
};
const struct vb_pages vb_web_pages = {
    .assets = assets,
    .asset_count = sizeof(assets) / sizeof(assets[0]),
    .views = views,
    .view_count = sizeof(views) / sizeof(views[0]),
};
`,
);
