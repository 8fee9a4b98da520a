// Writes the types of the API's contract: types.mjs OPENAPI.JSON, into src/lib/contract.ts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const target = fileURLToPath(new URL('../src/lib/contract.ts', import.meta.url));
const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const types = astToString(await openapiTS(document, { arrayLength: true }));
const kinds = (name, type) =>
  `\nexport const ${name} = ${JSON.stringify(document.components.schemas[type].enum, null, 2)} as const;\n`;
const text = `// Written by scripts/types.mjs from the API's contract.\n${types}${kinds('ALARM_KINDS', 'AlarmKind')}${kinds('STATE_KINDS', 'StateKind')}`;

// Left alone while it is the same, so that nothing is built again for it.
if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
