// The simulator's speed, with every property checked at every event. An event is a frame sent, a frame heard, or a
// transition that a device tells. Environment: VB_BENCH_SEEDS (1000) runs with faults.
import { spawnSync } from 'node:child_process';

const seeds = Number(process.env.VB_BENCH_SEEDS ?? '1000');

/** What a run printed in its last line, and how long it took. */
function simulate(...options) {
  const begun = process.hrtime.bigint();
  const { status, stdout, error } = spawnSync(process.env.VOLTBEACON_SIM, options.map(String), { encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  if (error) throw error;
  if (status !== 0) throw new Error(stdout);
  const [, hours, events] = /, ([\d.]+) virtual hours, (\d+) events/.exec(stdout);
  return { seconds, hours: Number(hours), events: Number(events) };
}

function row(name, { seconds, hours, events }, aim) {
  const cells = [
    name.padEnd(34),
    hours.toFixed(1).padStart(8),
    String(events).padStart(10),
    seconds.toFixed(2).padStart(8),
    Math.round(events / seconds)
      .toLocaleString('en')
      .padStart(12),
    aim,
  ];
  console.log(cells.join('  ').trimEnd());
}

console.log(
  `${''.padEnd(34)}  ${'hours'.padStart(8)}  ${'events'.padStart(10)}  ${'s'.padStart(8)}  ${'events/s'.padStart(12)}  aim`,
);
row('a day at rest', simulate('--calm', 0, '--minutes', 24 * 60), '< 1 s');
row('an hour at 10 Hz', simulate('--calm', 100, '--minutes', 60), '< 1 s');
const faulty = simulate('--seeds', `1..${seeds}`);
row(`${seeds} seeds with faults`, faulty, '');
console.log(
  `${(seeds / faulty.seconds).toFixed(0)} seeds a second on one core; a million take ${(1e6 / (seeds / faulty.seconds) / 60).toFixed(0)} min on one core`,
);
