// The history: what writing costs at ten readings a second, in real time; how large it gets; and how long a query takes
// over HTTP, with the loop's other answers beside it. It is filled to the steady state of its default settings, 7 days,
// 90 days and 10 years, through the same thread and queue. Environment: VB_BENCH_COST_S (30), VB_BENCH_FRACTION (1).
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { request } from 'node:http';
import { join, dirname } from 'node:path';
import { Home } from '../e2e/support/home.mjs';
import { until } from '../e2e/support/wait.mjs';

const program =
  process.env.VOLTBEACON_BENCH_HISTORY ??
  join(dirname(process.env.VOLTBEACON), 'tests/bench/history/voltbeacon-bench-history');
const costSeconds = process.env.VB_BENCH_COST_S ?? '30';
const fraction = process.env.VB_BENCH_FRACTION ?? '1';
const repeats = 9;

const run = (...args) => JSON.parse(execFileSync(program, args));
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function print(title, value, aim = '') {
  console.log(`${title.padEnd(64)} ${String(value).padStart(10)}  ${aim}`);
}

/** ms until all of an answer is here, and its bytes: what the client makes of them is not measured. */
function timed(receiver, path) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    request(receiver.url + path, { agent: false }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => {
        const ms = performance.now() - begun;
        const text = Buffer.concat(pieces);
        if (answer.statusCode === 200) resolve({ ms, text });
        else reject(new Error(`${path}: ${answer.statusCode} ${text}`));
      });
    })
      .on('error', reject)
      .end();
  });
}

/** The same, while another client keeps asking for something small: the longest that one waited. */
async function timedBesideOthers(receiver, path) {
  let busy = true;
  let longest = 0;
  const other = (async () => {
    while (busy) longest = Math.max(longest, (await timed(receiver, '/api/v1/transmitters')).ms);
  })();
  const answer = await timed(receiver, path);
  busy = false;
  await other;
  return { ...answer, longest };
}

async function printQuery(receiver, title, path, aim) {
  const times = [];
  let last;
  for (let i = 0; i < repeats; i++) {
    last = await timed(receiver, path);
    times.push(last.ms);
  }
  const { longest } = await timedBesideOthers(receiver, path);
  const points = path.includes('csv') ? String(last.text).split('\n').length - 3 : JSON.parse(last.text).points.length;
  print(
    title,
    `${median(times).toFixed(1)} ms`,
    `${aim}  slowest ${Math.max(...times).toFixed(1)}; ${points} points, ${megabytes(last.text.length)} MB; ` +
      `another answer waited ${longest.toFixed(1)} ms at most`,
  );
}

const home = await Home.open();
try {
  const costDir = home.path('cost');
  execFileSync('mkdir', [costDir]);
  const cost = run('cost', costDir, costSeconds);
  print('writing, share of a core at 10 Hz', `${cost.cpu_percent.toFixed(3)} %`, '(aim 2 %)');
  print('  CPU a reading', `${cost.cpu_us_per_reading.toFixed(1)} us`);
  print(
    '  of that on the live path, mean and longest',
    `${cost.live_us_mean.toFixed(1)} us`,
    `${cost.live_us_max.toFixed(0)} us`,
  );

  const first = await home.pair(); // so that the receiver knows the transmitter
  const { mac } = first;
  await new Promise((done) => setTimeout(done, 2500)); // its cache is written
  await first.transmitter.stop();
  await first.receiver.stop();
  const filled = run('fill', first.receiver.data, mac, fraction);
  const bytes = statSync(join(first.receiver.data, 'history.db')).size;
  print(`size with ${fraction} of 7 days, 90 days and 10 years`, `${megabytes(bytes)} MB`, '(aim 200 MB)');
  print('  filled with', `${filled.readings}`, `readings in ${filled.seconds} s`);

  const receiver = await home.receiver();
  const path = `/api/v1/transmitters/${mac}/history`;
  await until(
    'the history is open',
    async () => (await receiver.get('/api/v1/receiver')).history.state === 'recording',
  );
  const day = `${path}?from=${filled.until_s - 86400}&to=${filled.until_s}`;
  const all = `${path}?from=2000-01-01&to=${filled.until_s}`;
  await printQuery(receiver, '24 h of 96 cells, by the minute', day, '(aim 100 ms)');
  await printQuery(receiver, '24 h of 96 cells, by 10 s', `${day}&resolution=10`, '');
  await printQuery(receiver, '24 h of 96 cells, by the minute, CSV', `${day}&format=csv`, '');
  await printQuery(receiver, '10 years of 96 cells, auto', all, '');
  await printQuery(receiver, '10 years of one cell, auto', `${all}&cells=16`, '');
} finally {
  await home.close();
}
