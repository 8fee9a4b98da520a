// usage: types.mjs OPENAPI.JSON; writes the types of the API's contract to src/lib/contract.ts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const target = fileURLToPath(new URL('../src/lib/contract.ts', import.meta.url));
const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const types = astToString(await openapiTS(document, { arrayLength: true }));
const kinds = (name, type) =>
  `\nexport const ${name} = ${JSON.stringify(document.components.schemas[type].enum, null, 2)} as const;\n`;
const text = `// Written by scripts/types.mjs from the API's contract.\n${types}${kinds('ALARM_KINDS', 'AlarmKind')}${kinds('STATE_KINDS', 'StateKind')}`;

// An unchanged file is not written, so that nothing is rebuilt.
if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
