// The flash of an ESP32: what a year of daily edits and 1,000 reboots writes into NVS, and how often its busiest page is
// erased for it. In simulated time; two runs print the same. Environment: VOLTBEACON.
import { dirname, join } from 'node:path';
import { rowsOf } from './rows.mjs';

const program = join(dirname(process.env.VOLTBEACON), 'tests/bench/flash/voltbeacon-bench-flash');
const erasures = 100_000; // that a flash endures
const aim = 0.01; // of them in a year

const rows = rowsOf(program);

const printRow = (...values) => console.log(values.map((value, i) => String(value).padStart(i < 2 ? 17 : 10)).join(''));
console.log('NVS of 64 kB; erasures of the busiest page since the first start\n');
printRow('device', 'what', 'writes', 'bytes', 'erasures');
for (const { device, what, writes, bytes, busiest_page } of rows) printRow(device, what, writes, bytes, busiest_page);
for (const device of ['transmitter', 'receiver']) {
  const { busiest_page } = rows.filter((row) => row.device === device).pop();
  const share = busiest_page / erasures;
  console.log(
    `\n${device}: ${busiest_page} erasures a year, ${(share * 100).toFixed(2)} % of ${erasures} (aim < ${aim * 100} %)`,
  );
}
