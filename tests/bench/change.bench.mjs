// Two real processes, stores on a disk, telemetry at 10 Hz and 5 sockets on. Prints the figures of the main job;
// bytes are those counted in the link port. Environment: VB_BENCH_CHANGES (1000), VB_BENCH_REST_S (180).
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, Agent } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

const program = process.env.VOLTBEACON;
const require = createRequire(join(dirname(new URL(import.meta.url).pathname), '../../web/package.json'));
const WebSocket = require('ws');
const changes = Number(process.env.VB_BENCH_CHANGES ?? 1000);
const restSeconds = Number(process.env.VB_BENCH_REST_S ?? 180);

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const nowMs = () => performance.now();

// ---- figures -------------------------------------------------------------------------------

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function printTimes(title, values, aim = '') {
  const sorted = [...values].sort((a, b) => a - b);
  const figure = (share) => percentile(sorted, share).toFixed(2).padStart(8);
  console.log(
    `${title.padEnd(58)} p50${figure(0.5)}  p99${figure(0.99)}  max${figure(1)} ms` + `  n ${sorted.length}${aim}`,
  );
}

function printFigure(title, value, aim = '') {
  console.log(`${title.padEnd(58)} ${value}${aim}`);
}

// ---- the two processes ---------------------------------------------------------------------

const folder = mkdtempSync(join(makeFolder(), 'bench-'));
const port = 20000 + (process.pid % 20000);
const running = new Set();

function makeFolder() {
  const path = join(dirname(program), 'bench');
  mkdirSync(path, { recursive: true });
  return path;
}

function start(role, ...options) {
  const child = spawn(program, [role, '--data', join(folder, role), '--link', `udp:port=${port}`, ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  return child;
}

function addressOf(receiver) {
  return new Promise((found, lost) => {
    receiver.stdout.once('data', (text) => found(new URL(text.toString().trim())));
    receiver.once('exit', () => lost(new Error('the receiver did not start')));
  });
}

async function stop(child) {
  if (!running.has(child)) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

function control(role, ...words) {
  return new Promise((answered, failed) => {
    const socket = connect(join(folder, role, 'control'));
    let reply = '';
    socket.on('connect', () => socket.write(words.join('\x1f') + '\n'));
    socket.on('data', (data) => {
      reply += data;
    });
    socket.on('end', () => (reply.startsWith('error') ? failed(new Error(reply)) : answered(reply)));
    socket.on('error', failed);
  });
}

async function counters(role) {
  const lines = (await control(role, 'status')).trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=', 2)));
}

// ---- the receiver's API --------------------------------------------------------------------

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(address, method, path, { headers = {}, body } = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  if (text !== undefined) {
    headers = { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  }
  return new Promise((answered, failed) => {
    const request = httpRequest(new URL(path, address), { method, headers, agent }, (response) => {
      let reply = '';
      response.on('data', (data) => {
        reply += data;
      });
      response.on('end', () =>
        answered({
          status: response.statusCode,
          headers: response.headers,
          body: reply === '' ? null : JSON.parse(reply),
        }),
      );
    });
    request.on('error', failed);
    request.end(text);
  });
}

function open(address, path, onMessage) {
  const url = new URL(path, address);
  url.protocol = 'ws:';
  const socket = new WebSocket(url, { origin: address.origin });
  socket.on('message', (data) => onMessage(JSON.parse(data)));
  socket.on('error', (error) => {
    throw error;
  });
  return new Promise((opened) => socket.on('open', () => opened(socket)));
}

async function untilVerified(address) {
  for (;;) {
    const { body } = await call(address, 'GET', '/api/v1/transmitters');
    const [transmitter] = body.transmitters;
    if (transmitter?.sync === 'verified' && transmitter.link === 'Connected') return transmitter;
    await pause(20);
  }
}

// A thousand changes a second are more than the airtime cap allows beside readings: it thins them for a while.
async function untilFullRate(address, mac) {
  while ((await call(address, 'GET', `/api/v1/transmitters/${mac}`)).body.runtime.thinned) await pause(500);
}

// ---- measurements --------------------------------------------------------------------------

async function changeToSocket(address) {
  let arrived;
  const socket = await open(address, '/ws/state', (message) => {
    if (message.type === 'section' && message.section.name === 'mqtt') arrived?.(message.section);
  });
  await pause(200);
  const times = [];
  for (let i = 0; i < changes; i++) {
    const wanted = 2000 + i;
    const seen = new Promise((done) => {
      arrived = (section) => {
        if (section.values.port === wanted && section.sync === 'verified') done(nowMs());
      };
    });
    const begun = nowMs();
    await control('transmitter', 'set', `mqtt.port=${wanted}`);
    times.push((await seen) - begun);
  }
  socket.close();
  return times;
}

async function changeToCache(address, mac) {
  const path = `/api/v1/transmitters/${mac}/sections/mqtt`;
  const times = [];
  for (let i = 0; i < changes; i++) {
    const wanted = 12000 + i;
    const begun = nowMs();
    const stored = control('transmitter', 'set', `mqtt.port=${wanted}`);
    for (;;) {
      const { body } = await call(address, 'GET', path);
      if (body.values.port === wanted && body.sync === 'verified') break;
    }
    times.push(nowMs() - begun);
    await stored;
  }
  return times;
}

async function editToConfirmed(address, mac) {
  const path = `/api/v1/transmitters/${mac}/sections/mqtt`;
  const confirmed = new Map();
  const socket = await open(address, '/ws/state', (message) => {
    if (message.type === 'edit' && message.edit.state !== 'pending') confirmed.get(message.edit.id)?.(message.edit);
  });
  const times = [];
  for (let i = 0; i < changes; i++) {
    const { body: section } = await call(address, 'GET', path);
    const begun = nowMs();
    const { status, body: edit } = await call(address, 'PATCH', path, {
      headers: { 'if-match': section.etag },
      body: { port: 22000 + i },
    });
    if (status !== 202) throw new Error(`edit refused: ${status} ${JSON.stringify(edit)}`);
    const end = await new Promise((done) => {
      confirmed.set(edit.id, done);
      call(address, 'GET', `/api/v1/transmitters/${mac}/edits/${edit.id}`).then(({ body }) => {
        if (body.state !== 'pending') done(body);
      });
    });
    if (end.state !== 'confirmed') throw new Error(`edit ${end.state}`);
    times.push(nowMs() - begun);
  }
  socket.close();
  return times;
}

function cpuSeconds(child) {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100; // USER_HZ
}

async function readingsToSockets(address, sockets, seconds, daemons) {
  const ages = [];
  let gaps = 0;
  const opened = [];
  for (let i = 0; i < sockets; i++) {
    let last;
    opened.push(
      await open(address, '/ws/cells', (message) => {
        if (message.timestamp === null) return;
        if (last !== undefined) {
          ages.push(performance.timeOrigin + nowMs() - message.timestamp * 1000);
          gaps += message.sequence - last - 1;
        }
        last = message.sequence;
      }),
    );
  }
  await pause(1000);
  ages.length = 0;
  gaps = 0;
  const before = daemons.map(cpuSeconds);
  const begun = nowMs();
  await pause(seconds * 1000);
  const wall = (nowMs() - begun) / 1000;
  const cpu = daemons.map((daemon, i) => (100 * (cpuSeconds(daemon) - before[i])) / wall);
  for (const socket of opened) socket.close();
  return { ages, gaps, cpu };
}

const controlMessages = ['beacon', 'section_data', 'edit_result', 'hello_ack', 'goodbye'];
const answerMessages = ['beacon_ack', 'section_request', 'edit', 'hello'];
const streamAnswers = ['reading_ack'];

function sum(after, before, direction, messages, what) {
  return messages.reduce((total, message) => {
    const key = `link_${direction}_${message}_${what}`;
    return total + Number(after[key] ?? 0) - Number(before[key] ?? 0);
  }, 0);
}

async function atRest() {
  const before = await counters('transmitter');
  await pause(restSeconds * 1000);
  const after = await counters('transmitter');
  const hour = 3600 / restSeconds;
  const beacons = sum(after, before, 'sent', ['beacon'], 'frames');
  return {
    beaconBytes: sum(after, before, 'sent', ['beacon'], 'bytes') / beacons,
    sentPerHour: sum(after, before, 'sent', controlMessages, 'bytes') * hour,
    answeredPerHour: sum(after, before, 'received', answerMessages, 'bytes') * hour,
    readingAcksPerHour: sum(after, before, 'received', streamAnswers, 'bytes') * hour,
    readingAcksPerBeacon: sum(after, before, 'received', streamAnswers, 'frames') / beacons,
  };
}

async function receiverStart(mac) {
  const times = [];
  for (let i = 0; i < 20; i++) {
    const begun = nowMs();
    const receiver = start('receiver', '--http', '127.0.0.1:0');
    const address = await addressOf(receiver);
    const { status, body } = await call(address, 'GET', `/api/v1/transmitters/${mac}/sections/mqtt`);
    if (status !== 200 || body.values === null) throw new Error('the cache was not there at once');
    times.push(nowMs() - begun);
    await stop(receiver);
  }
  return times;
}

// ---- main ----------------------------------------------------------------------------------

async function main() {
  const system = execFileSync('stat', ['-f', '-c', '%T', folder]).toString().trim();
  console.log(`stores on ${system}; ${changes} changes; telemetry at 10 Hz, 5 sockets on\n`);
  const receiver = start('receiver', '--http', '127.0.0.1:0');
  const address = await addressOf(receiver);
  const transmitter = start('transmitter', '--source', 'sim');
  await pause(500);
  const { mac } = await untilVerified(address);
  const listeners = [];
  for (let i = 0; i < 5; i++) listeners.push(await open(address, '/ws/cells', () => {}));

  printTimes("change -> receiver's cache (polled by GET)", await changeToCache(address, mac));
  printTimes('change -> WebSocket client', await changeToSocket(address), '  (aim p99 <= 50)');
  printTimes('edit in the API -> confirmed', await editToConfirmed(address, mac));
  for (const socket of listeners) socket.close();
  await untilFullRate(address, mac);

  for (const sockets of [1, 5, 20]) {
    const { ages, gaps, cpu } = await readingsToSockets(address, sockets, 20, [transmitter, receiver]);
    printTimes(`sample taken -> WebSocket client, ${sockets} sockets`, ages, '  (aim p99 <= 50)');
    printFigure(`  sequence gaps, ${sockets} sockets`, gaps, '  (aim 0)');
    printFigure(
      `  CPU of transmitter, receiver, ${sockets} sockets`,
      cpu.map((share) => `${share.toFixed(2)} %`).join(', ') + ' of one core',
    );
  }

  const rest = await atRest();
  printFigure('beacon at rest, whole frame', `${rest.beaconBytes.toFixed(1)} bytes`);
  printFigure(
    'control bytes per hour at rest, what the transmitter sends',
    `${(rest.sentPerHour / 1000).toFixed(2)} kB`,
    '  (aim <= 8.7)',
  );
  printFigure('  and what receivers answer to beacons', `${(rest.answeredPerHour / 1000).toFixed(2)} kB`);
  printFigure(
    '  and to readings: acknowledged keyframes',
    `${(rest.readingAcksPerHour / 1000).toFixed(2)} kB, ${rest.readingAcksPerBeacon.toFixed(1)} frames a beacon`,
  );

  await stop(receiver);
  printTimes('start of the receiver -> first settings answer', await receiverStart(mac), '  (aim <= 100)');
}

try {
  await main();
} finally {
  for (const child of [...running]) await stop(child);
  rmSync(folder, { recursive: true, force: true });
  agent.destroy();
}
