// False and missed alarms over every recording, ours beside a fixed threshold of 150 mV between the highest and the
// lowest cell. As recorded all packs but one are healthy, so every alarm but a true temperature and the spread of that
// one is false. Then a cell is lowered by 80 mV, or frozen for 20 sweeps of changing voltage, in every seventh cell from
// twelve places of the recording on; a fault counts where ten sweeps could be judged for balance, or the others moved by
// 10 mV. And groups of cells are lowered by 30 to 400 mV from six places on: two cells, a module of an eighth of the
// pack, half of it at one end, every other cell; it is missed where ten judgeable sweeps brought neither an alarm of the
// pack nor one of each of the cells. The recordings are looked for in VB_SHARED_DATA (../shared/data beside the
// repository).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { recordings, sourceOf } from './recordings.mjs';

const here = dirname(new URL(import.meta.url).pathname);
const program =
  process.env.VOLTBEACON_BENCH_ALARMS ??
  join(dirname(process.env.VOLTBEACON), 'tests/bench/alarms/voltbeacon-bench-alarms');
const data = process.env.VB_SHARED_DATA ?? resolve(here, '../../../shared/data');

function printRow(title, values) {
  console.log(title.slice(0, 56).padEnd(58) + values.map((value) => String(value).padStart(13)).join(''));
}

const twoGroups = 'JK-B2A8S20P-11.17'; // 82 mV apart at rest, as recorded

// Without the temperatures, which are what they are, and the one pack that is in two groups.
function falseAlarms(title, clean) {
  const isTrue = (kind) => kind.startsWith('temperature_') || (kind === 'cell_spread' && title.includes(twoGroups));
  return Object.entries(clean).reduce((sum, [kind, count]) => sum + (isTrue(kind) ? 0 : count), 0);
}

// Of all recordings: a line for each group, missed of runs for each distance.
function printGroups(rows) {
  const distances = Object.keys(rows[0].groups.two);
  console.log('\ngroups of cells that were lowered and not named within ten judgeable sweeps\n');
  printRow(
    '',
    distances.map((distance) => `${distance} mV`),
  );
  for (const [group, title] of [
    ['two', 'two cells'],
    ['module', 'a module'],
    ['half', 'half, one end'],
    ['alternate', 'half, every other cell'],
  ]) {
    const sums = distances.map((distance) =>
      rows.reduce(
        ([missed, runs], row) => [missed + row.groups[group][distance][0], runs + row.groups[group][distance][1]],
        [0, 0],
      ),
    );
    printRow(
      title,
      sums.map(([missed, runs]) => `${missed}/${runs}`),
    );
  }
}

function measure(title, source) {
  const { status, stdout, stderr } = spawnSync(program, [source], { encoding: 'utf8' });
  if (status !== 0) {
    console.log(`${title.padEnd(58)} left out: ${stderr?.trim() || `${program} did not run`}`);
    return null;
  }
  const found = JSON.parse(stdout);
  const { lowered, frozen } = found;
  const share = (part, runs) => (runs === 0 ? '-' : `${part}/${runs}`);
  const row = {
    groups: found.groups,
    false: falseAlarms(title, found.clean) + lowered.false + frozen.false,
    fixed: found.fixed,
    missed: lowered.missed + frozen.missed,
    runs: lowered.runs + frozen.runs,
    fixedMissed: lowered.fixed_missed + frozen.fixed_missed,
  };
  printRow(title, [
    found.readings,
    found.judged,
    row.false,
    row.fixed,
    share(lowered.missed, lowered.runs),
    share(lowered.fixed_missed, lowered.runs),
    lowered.sweeps_max,
    share(frozen.missed, frozen.runs),
    share(frozen.fixed_missed, frozen.runs),
  ]);
  return row;
}

if (!existsSync(data)) {
  console.log(`No recordings: ${data} is not there; VB_SHARED_DATA names another folder.`);
} else {
  console.log(
    'readings, and how many could be judged for balance; false alarms, ours and of a fixed 150 mV; lowered and\n' +
      'frozen cells that were missed, ours and of a fixed 150 mV, and the most judgeable sweeps until a lowered one was named\n',
  );
  printRow('', [
    'readings',
    'judged',
    'false',
    'fixed false',
    'low missed',
    'fixed missed',
    'sweeps',
    'stuck missed',
    'fixed missed',
  ]);
  const rows = recordings(data)
    .map((path) => measure(relative(data, path), sourceOf(path)))
    .filter((row) => row !== null);
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  console.log(
    `\nall recordings: ${total('false')} false alarms (fixed 150 mV: ${total('fixed')}), ` +
      `${total('missed')} of ${total('runs')} faults missed (fixed 150 mV: ${total('fixedMissed')})`,
  );
  printGroups(rows);
}
