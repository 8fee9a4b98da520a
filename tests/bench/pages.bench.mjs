// The monitoring page in Chromium, fed by two real processes at 10 Hz with 96 cells: the script time of each update,
// read off the browser's own trace, and the page's memory over minutes. What counts for an update is every script and
// collection of garbage on the page's thread until the next one comes: the ticking ages and the line charts included.
// Environment: VB_BENCH_PAGES_MINUTES (2; 10 for the figure of record), VB_BENCH_PAGES_VIEW (bars, deviation, map).
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const program = process.env.VOLTBEACON;
const require = createRequire(join(dirname(new URL(import.meta.url).pathname), '../../web/package.json'));
const minutes = Number(process.env.VB_BENCH_PAGES_MINUTES ?? 2);
const wantedView = process.env.VB_BENCH_PAGES_VIEW;
const VIEWS = ['bars', 'deviation', 'map'];

const BROWSERS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const WARM_UP_MS = 15_000;
const TRACE_MS = 20_000;
const TRACED = 'devtools.timeline,disabled-by-default-devtools.timeline,v8,disabled-by-default-v8.gc';
/** Outermost events of the page's thread in which its scripts run, or its garbage is collected. */
const SCRIPT = new Set([
  'FunctionCall',
  'EvaluateScript',
  'RunMicrotasks',
  'FireAnimationFrame',
  'TimerFire',
  'EventDispatch',
  'WebSocketReceive',
  'MinorGC',
  'MajorGC',
  'V8.GCScavenger',
  'V8.GCFinalizeMC',
  'v8.callFunction',
]);
const P99_MS_AIM = 16;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// ---- the two processes ---------------------------------------------------------------------

const parent = join(dirname(program), 'bench');
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, 'pages-'));
const port = 20000 + (process.pid % 20000);
const running = new Set();

function start(role, ...options) {
  const child = spawn(program, [role, '--data', join(folder, role), '--link', `udp:port=${port}`, ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  return child;
}

async function stop(child) {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

const addressOf = (receiver) =>
  new Promise((found, lost) => {
    receiver.stdout.once('data', (text) => found(text.toString().trim()));
    receiver.once('exit', () => lost(new Error('the receiver did not start')));
  });

// ---- the trace -----------------------------------------------------------------------------

async function traceFor(browser, ms) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: TRACED.split(',') },
  });
  await pause(ms);
  const complete = new Promise((done) => session.once('Tracing.tracingComplete', done));
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  return events;
}

/** The thread that hears the sockets, which is the page's. */
function ofPage(events) {
  const heard = events.filter(({ name }) => name === 'WebSocketReceive');
  if (heard.length === 0) throw new Error('the trace holds no message of a WebSocket');
  const { pid, tid } = heard[0];
  return events.filter((event) => event.pid === pid && event.tid === tid).sort((a, b) => a.ts - b.ts);
}

/**
 * Milliseconds of script from each message to the next, of the thread's own time: what other processes took from it in
 * between is theirs.
 */
function scriptTimes(events) {
  const times = [];
  let end = 0;
  for (const event of ofPage(events)) {
    if (event.name === 'WebSocketReceive') times.push(0);
    if (event.ph !== 'X' || !SCRIPT.has(event.name) || times.length === 0) continue;
    if (event.ts < end) continue; // within another, which counts it
    if (event.tdur === undefined) throw new Error('this browser traces no time of threads');
    times[times.length - 1] += event.tdur / 1000;
    end = event.ts + event.dur;
  }
  return times.slice(0, -1);
}

// ---- memory --------------------------------------------------------------------------------

async function heapBytes(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

// ---- main ----------------------------------------------------------------------------------

function printTimes(title, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const figure = (share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2).padStart(7);
  console.log(
    `${title.padEnd(40)} p50${figure(0.5)}  p99${figure(0.99)}  max${figure(1)} ms` +
      `  n ${sorted.length}  (aim p99 <= ${P99_MS_AIM})`,
  );
}

const kB = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;

async function main() {
  const { chromium } = require('playwright-core');
  const executablePath = BROWSERS.find((file) => existsSync(file));
  if (executablePath === undefined) throw new Error('no Chromium is installed; ./dev setup installs one');
  const address = await addressOf(start('receiver', '--http', '127.0.0.1:0'));
  start('transmitter', '--source', 'sim');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1200 } });
    await page.goto(`${address.replace(/\/$/, '')}/monitoring`);
    await page.getByTestId('cell-min').waitFor();
    await pause(WARM_UP_MS);

    for (const view of wantedView === undefined ? VIEWS : [wantedView]) {
      await page.getByTestId(`view-${view}`).click();
      await pause(1000);
      printTimes(`script time per update, view ${view}`, scriptTimes(await traceFor(browser, TRACE_MS)));
    }

    const session = await page.context().newCDPSession(page);
    const samples = [];
    const end = performance.now() + minutes * 60_000;
    do {
      samples.push(await heapBytes(session));
      await pause(10_000);
    } while (performance.now() < end);
    samples.push(await heapBytes(session));
    const growth = samples.at(-1) - samples[Math.floor(samples.length / 2)];
    console.log(
      `${'heap after collection'.padEnd(40)} ${kB(samples[0])} at first, ${kB(Math.max(...samples))} at most, ` +
        `${kB(samples.at(-1))} after ${minutes} min; in the second half ${growth < 0 ? '-' : '+'}${kB(Math.abs(growth))}` +
        '  (the page keeps five minutes of readings: it grows until then, and is to be flat from there)',
    );
  } finally {
    await browser.close();
  }
}

try {
  await main();
} finally {
  for (const child of [...running]) await stop(child);
  rmSync(folder, { recursive: true, force: true });
}
