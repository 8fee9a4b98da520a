// ESP-NOW's codec: how long a frame takes to be built and to be parsed, without and with its FCS. A Linux interface
// checks the FCS and adds it, so what counts is without. Environment: VOLTBEACON.
import { dirname, join } from 'node:path';
import { rowsOf } from './rows.mjs';

const program = join(dirname(process.env.VOLTBEACON), 'tests/bench/espnow/voltbeacon-bench-espnow');
const aimNs = 100;
const ordinary = 250; // bytes: the largest body that the link sends

const rows = rowsOf(program);

function printRow(...values) {
  console.log(values.map((value) => String(value).padStart(12)).join(''));
}

console.log('ns per frame, the fastest tenth of batches; the FCS alone is the CRC-32 of the frame\n');
printRow('body bytes', 'frame bytes', 'encode', 'decode', 'both', 'FCS alone', 'both, FCS');
for (const row of rows) {
  const both = row.encode_ns + row.decode_ns;
  const withFcs = row.encode_fcs_ns + row.decode_fcs_ns;
  printRow(row.body, row.frame, row.encode_ns, row.decode_ns, both.toFixed(1), row.crc_ns, withFcs.toFixed(1));
}
const row = rows.find(({ body }) => body === ordinary);
const both = row.encode_ns + row.decode_ns;
console.log(`\n${ordinary} bytes, encoded and decoded without FCS: ${both.toFixed(1)} ns (aim ${aimNs})`);
