// A mock receiver: serves dist, the API and both sockets with moving data, for work on the pages.
//
//   node mock/server.mjs [port]                   0: any free port
//
//   POST /mock/online    {"online": false}       the transmitter goes silent, or comes back
//   POST /mock/empty     {}                      forget every transmitter
//   POST /mock/foreign   {"mqtt": {"port": 1}}   somebody else changes a section
//   POST /mock/conflict  {}                      the next edit conflicts on the transmitter
//   POST /mock/silent    {}                      the next edit gets no answer
//   POST /mock/reading   {"together": false}     overrides keys of every reading
//   POST /mock/rate      {"hz": 10}              readings a second
//   POST /mock/second    {}                      a second transmitter, long offline
//   POST /mock/runtime   {"mqtt_connected": false}
//   POST /mock/board     {"start": "watchdog", "start_text": "the watchdog", ...}; null: it is none
//   POST /mock/compatibility  {"complete": false, "message": "..."}
//   POST /mock/receiver  {"secrets_editable": false, "secrets_blocked_reason": "..."}
//   POST /mock/begin     {"kind": "imbalance"}   an alarm begins
//   POST /mock/end       {}                      the newest open alarm ends
//   POST /mock/nothing   {}                      there are no events and no history
//   POST /mock/fail      {"status": 503}         /api/v1 answers with it from now on; {} ends it
//   POST /mock/lack      {"name": "network"}     the transmitter's firmware lacks a section
//   POST /mock/strange   {"mqtt": ["port"]}      values the schema does not know
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { MockEvents } from './events.mjs';
import { energyOf, historyCsv, historyOf, weakCellsOf } from './pack_history.mjs';
import { schema } from './schema.mjs';

const PORT = Number(process.argv[2] ?? 8090);
const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const MAC = '02:1a:2b:3c:4d:5e';
const SHED = '02:1a:2b:3c:4d:5f';
const outside = [];
const CELLS = 96;

const seconds = () => performance.now() / 1000;
const startedAt = seconds();

const contents = {
  mqtt: {
    enabled: true,
    server: '192.168.1.221',
    port: 1883,
    username: 'battery',
    password: { set: true },
    prefix: 'battery',
  },
  network: { mode: 'static', static_ip: '192.168.1.100', gateway: '192.168.1.1', tx_power_dbm: 12 },
  battery: {
    capacity_wh: 24000,
    cell_min_mv: 3000,
    cell_max_mv: 4200,
    pack_voltage_min_dv: 2880,
    pack_voltage_max_dv: 4032,
    chemistry: 'nmc',
  },
  power_profile: { enabled: true, charge_w: Array.from({ length: 48 }, (_, i) => (i < 12 ? 3600 : i < 40 ? 1800 : 0)) },
  metadata: { device_name: 'Battery TX 1', firmware: '0.1.0', flash_kb: 4096 },
};
const own = {
  receiver: { device_name: 'Battery Monitor 1', web_port: 8090, persist_cache: true },
  display: { temperature_unit: 'celsius', theme: 'auto', timezone: 'Europe/Berlin' },
};
const versions = Object.fromEntries([...Object.keys(contents), ...Object.keys(own)].map((name, i) => [name, i + 1]));
const edits = new Map();
const overrides = { reading: {}, runtime: {}, receiver: {}, compatibility: {}, board: null };
const mood = {
  online: true,
  empty: false,
  conflict: false,
  silent: false,
  second: false,
  hz: 2,
  nothing: false,
  fail: null,
  lacks: null,
  strange: {},
};
let lastBeacon = seconds();
let sequence = 0;
let editCount = 0;

const rounded = (value) => Math.round(value * 1000) / 1000;

function link() {
  const quiet = seconds() - lastBeacon;
  return quiet < 20 ? 'Connected' : quiet < 30 ? 'Degraded' : 'Offline';
}

const etagOf = (name) => `"9f3a01c2-${versions[name]}-5d2c88a1"`;
const ownEtag = () => `"${versions.receiver}-${versions.display}"`;

const sectionOf = (name) =>
  name === mood.lacks
    ? {
        name,
        version: 0,
        values: null,
        sync: 'unknown',
        age_s: null,
        no_age: 'not verified yet',
        etag: etagOf(name),
        unknown_fields: 0,
        unknown_values: [],
      }
    : {
        name,
        version: versions[name],
        values: contents[name],
        sync: link() === 'Offline' ? 'stale' : 'verified',
        age_s: rounded(seconds() - lastBeacon),
        no_age: null,
        etag: etagOf(name),
        unknown_fields: 0,
        unknown_values: mood.strange[name] ?? [],
      };

function transmitterOf() {
  const since = rounded(seconds() - lastBeacon);
  const offline = link() === 'Offline';
  return {
    mac: MAC,
    name: contents.metadata.device_name,
    link: link(),
    seconds_since_beacon: since,
    seconds_since_frame: mood.online ? 0.1 : since,
    next_beacon_s: offline ? null : Math.max(0, 15 - since),
    runtime: {
      known: true,
      stale: offline,
      mqtt_connected: true,
      ethernet_up: true,
      source_ok: true,
      streaming: true,
      ip: '192.168.1.100',
      uptime_s: Math.floor(8123 + seconds() - startedAt),
      ...overrides.runtime,
    },
    board: overrides.board,
    firmware: {
      version: '0.1.0',
      build_time: '2026-11-22T18:00:00Z',
      git_commit: 'a3f2c1e',
      device_type: 'TRANSMITTER',
      environment: 'PRODUCTION',
      board: 'linux',
    },
    alarms: {
      open: 0,
      worst: null,
      unacknowledged: 0,
      worst_unacknowledged: null,
      balance: 'judged',
      calm: 8,
      calm_needed: 8,
      contradicted: 0,
      without_place: 0,
      absent_sensors: [],
    },
    store: '9f3a01c2',
    epoch: 41,
    sync: offline ? 'stale' : 'verified',
    cloned: false,
    editable: !offline,
    edit_blocked_reason: offline ? 'The transmitter is offline; settings cannot be changed until it answers.' : null,
    compatibility: {
      complete: true,
      unknown_sections: 0,
      unknown_fields: 0,
      unknown_values: 0,
      missing_sections: 0,
      missing_fields: 0,
      message: null,
      ...overrides.compatibility,
    },
    quality: { beacons: 812, beacons_lost: 1, readings: 81234 + sequence, readings_lost: 12, refused: 0, reboots: 0 },
    sections: Object.keys(contents).map((name) => {
      const { version, sync, age_s, no_age } = sectionOf(name);
      return { name, version, sync, age_s, no_age };
    }),
  };
}

const secondOf = () => ({
  ...transmitterOf(),
  mac: SHED,
  name: 'Shed',
  link: 'Offline',
  editable: false,
  edit_blocked_reason: 'The transmitter is offline; settings cannot be changed until it answers.',
  seconds_since_beacon: 4200 + seconds(),
  seconds_since_frame: 4200 + seconds(),
  next_beacon_s: null,
  sync: 'stale',
  runtime: { ...transmitterOf().runtime, stale: true },
});

const receiverOf = () => ({
  name: own.receiver.device_name,
  mac: '02:9a:00:10:20:30',
  ip: '192.168.1.50',
  firmware: '0.1.0',
  build_time: '2026-11-22T18:00:00Z',
  git_commit: 'a3f2c1e',
  uptime_s: Math.floor(5123 + seconds() - startedAt),
  etag: ownEtag(),
  secrets_editable: true,
  secrets_blocked_reason: null,
  board: overrides.board,
  access: { open_to_network: false, link_scope: 'this machine only' },
  store: { writes: 12, failed: 0, persistent: true, recovered: null },
  refused_frames: 0,
  places: { total: 16, followed: [MAC, SHED], outside },
  history: {
    state: 'recording',
    reason: null,
    recovered: null,
    written: 8123,
    readings_missed: 0,
    points_missed: 0,
    bytes: 118e6,
    by_cell: true,
    lasting: true,
    finest_s: 10,
    longest_s: null,
  },
  sections: Object.fromEntries(
    Object.entries(own).map(([name, values]) => [name, { name, version: versions[name], values }]),
  ),
  ...overrides.receiver,
});

const noise = (size) => (Math.random() + Math.random() - 1) * size;
const skew = Array.from({ length: CELLS }, () => noise(7));
skew[16] = -10.5;
skew[64] = 11;

function readingOf() {
  const t = seconds();
  const current = 6 * Math.sin(t / 23) + (Math.sin(t / 7) > 0.6 ? 9 : 0) + noise(0.1);
  const cells = skew.map((offset) => Math.round(3812 + offset + current * 0.9 + noise(0.7)));
  cells[40] = null;
  const merged = { cells, together: true, available: true, ...overrides.reading };
  const known = merged.cells.flatMap((cell, i) => (cell === null ? [] : [{ cell, i }])).sort((a, b) => a.cell - b.cell);
  const low = known[0];
  const high = known.at(-1);
  return {
    type: 'cell_update',
    mac: MAC,
    epoch: 41,
    sequence: ++sequence,
    timestamp: rounded(Date.now() / 1000),
    age_s: 0.012,
    together: merged.together,
    available: merged.available,
    cells: merged.cells,
    min: low?.cell ?? null,
    max: high?.cell ?? null,
    avg: known.length ? Math.round((known.reduce((sum, { cell }) => sum + cell, 0) / known.length) * 10) / 10 : null,
    delta: known.length ? high.cell - low.cell : null,
    min_index: low?.i ?? null,
    max_index: high?.i ?? null,
    balancing: [3, 17, 64],
    temps: [14.6, 15.1, null, 16.2],
    pack_voltage_v: 366.1,
    current_a: Math.round(current * 10) / 10,
    soc_pct: Math.round((71.5 + Math.sin(t / 60)) * 10) / 10,
    interval_s: 1 / mood.hz,
    ...overrides.reading,
  };
}

// Sockets

const stateSockets = new WebSocketServer({ noServer: true });
const cellSockets = new WebSocketServer({ noServer: true });
const tell = (server, message) => {
  for (const client of server.clients) if (client.readyState === 1) client.send(JSON.stringify(message));
};
let newest = readingOf();

function tellTransmitter() {
  if (!mood.empty) tell(stateSockets, { type: 'transmitter', transmitter: transmitterOf() });
}
function tellSection(name) {
  tell(stateSockets, { type: 'section', mac: MAC, section: sectionOf(name) });
}
function beacon() {
  if (!mood.online || mood.empty) return;
  lastBeacon = seconds();
  tellTransmitter();
  for (const name of Object.keys(contents)) tellSection(name);
}

stateSockets.on('connection', (socket) => {
  const send = (message) => socket.send(JSON.stringify(message));
  send({ type: 'receiver', receiver: receiverOf() });
  if (!mood.empty) {
    send({ type: 'transmitter', transmitter: transmitterOf() });
    for (const name of Object.keys(contents)) send({ type: 'section', mac: MAC, section: sectionOf(name) });
    if (mood.second) send({ type: 'transmitter', transmitter: secondOf() });
  }
  send({ type: 'ready' });
});
cellSockets.on('connection', (socket) => {
  if (!mood.empty) socket.send(JSON.stringify(newest));
});

function stream() {
  if (mood.online && !mood.empty) tell(cellSockets, (newest = readingOf()));
  setTimeout(stream, 1000 / mood.hz);
}
stream();
setInterval(beacon, 14_500);

let toldLink = link();
setInterval(() => {
  if (link() === toldLink) return;
  toldLink = link();
  tellTransmitter();
  for (const name of Object.keys(contents)) tellSection(name);
}, 500);

// Edits

function refusals(name, changes) {
  const fields = schema.sections.find((section) => section.name === name).fields;
  const reasons = {};
  for (const [key, value] of Object.entries(changes)) {
    const field = fields.find((one) => one.name === key);
    if (!field) reasons[key] = 'is not a field of this section';
    else if (typeof value === 'number' && (value < field.min || value > field.max)) {
      reasons[key] = `${value} is outside ${field.min} to ${field.max}`;
    } else if (value === 'refuse') reasons[key] = 'the transmitter does not like this one';
  }
  return reasons;
}

const asShown = (value) => (value === null ? { set: false } : value);

function apply(name, changes) {
  for (const [key, value] of Object.entries(changes)) {
    const secret = schema.sections.find((s) => s.name === name).fields.find((f) => f.name === key).type === 'secret';
    contents[name][key] = secret ? { set: value !== null } : value;
  }
  versions[name]++;
}

function decide(edit, changes) {
  if (mood.silent) {
    mood.silent = false;
    edit.state = 'timed_out';
    edit.message = 'The transmitter did not answer within 5 s. The change may still arrive.';
  } else if (mood.conflict) {
    mood.conflict = false;
    const theirs = Object.fromEntries(
      Object.keys(changes).map((key) => [
        key,
        typeof contents[edit.section][key] === 'number' ? contents[edit.section][key] + 7 : contents[edit.section][key],
      ]),
    );
    apply(edit.section, Object.fromEntries(Object.entries(theirs).filter(([, value]) => typeof value === 'number')));
    Object.assign(edit, { state: 'conflict', theirs, message: 'The section changed on the transmitter meanwhile.' });
    setTimeout(() => tellSection(edit.section), 50);
  } else {
    apply(edit.section, changes);
    Object.assign(edit, { state: 'confirmed', version: versions[edit.section], message: 'Saved on the transmitter.' });
    tellSection(edit.section);
    if (edit.section === 'mqtt') {
      overrides.runtime.mqtt_connected = false;
      setTimeout(() => ((overrides.runtime.mqtt_connected = true), tellTransmitter()), 1500);
    }
    tellTransmitter();
  }
  tell(stateSockets, { type: 'edit', mac: MAC, edit });
}

function changeSection(name, etag, changes) {
  if (etag === undefined) return [428, { error: 'A change needs If-Match.' }];
  if (link() === 'Offline') return [503, { error: 'The transmitter is offline.' }];
  const reasons = refusals(name, changes);
  const count = Object.keys(reasons).length;
  if (count > 0)
    return [422, { error: `${count} field of section ${name} was refused; correct it and save again.`, reasons }];
  if (etag !== etagOf(name)) return [409, { error: `Section ${name} changed meanwhile.`, current: sectionOf(name) }];
  const id = (++editCount).toString(16).padStart(16, '0');
  const yours = Object.fromEntries(Object.entries(changes).map(([key, value]) => [key, asShown(value)]));
  const edit = {
    id,
    section: name,
    state: 'pending',
    version: null,
    message: 'Sent to the transmitter, waiting for its answer.',
    yours,
    theirs: null,
    reasons: {},
  };
  edits.set(id, edit);
  setTimeout(() => decide(edit, changes), mood.silent ? 5000 : 100);
  return [202, { ...edit }];
}

function changeReceiver(etag, body) {
  if (etag !== ownEtag())
    return [409, { error: 'The settings of this receiver changed meanwhile.', current: receiverOf() }];
  for (const [name, changes] of Object.entries(body)) {
    const reasons = refusals(name, changes);
    if (Object.keys(reasons).length) return [422, { error: `Section ${name} was refused.`, reasons }];
    Object.assign(own[name], changes);
    versions[name]++;
  }
  tell(stateSockets, { type: 'receiver', receiver: receiverOf() });
  return [200, receiverOf()];
}

const mocks = {
  online({ online }) {
    mood.online = online;
    if (online) beacon();
    else lastBeacon = Math.min(lastBeacon, seconds() - 32);
  },
  empty() {
    mood.empty = !mood.empty;
    if (!mood.empty) beacon();
  },
  foreign(body) {
    for (const [name, changes] of Object.entries(body)) {
      apply(name, changes);
      tellSection(name);
    }
  },
  conflict() {
    mood.conflict = true;
  },
  silent() {
    mood.silent = true;
  },
  reading(body) {
    overrides.reading = body;
  },
  rate({ hz }) {
    mood.hz = hz;
  },
  second() {
    mood.second = true;
    tell(stateSockets, { type: 'transmitter', transmitter: secondOf() });
  },
  runtime(body) {
    overrides.runtime = body;
    tellTransmitter();
  },
  board(body) {
    overrides.board = body;
    tellTransmitter();
  },
  compatibility(body) {
    overrides.compatibility = body;
    tellTransmitter();
  },
  begin(body) {
    events.begin(body);
  },
  end() {
    events.end();
  },
  nothing() {
    mood.nothing = true;
    events.clear();
  },
  fail({ status = null }) {
    mood.fail = status;
  },
  lack({ name }) {
    mood.lacks = name;
    Object.assign(overrides.compatibility, {
      complete: false,
      missing_sections: 1,
      message: "The transmitter's settings are not quite those that this receiver knows. It lacks 1 section.",
    });
    tellTransmitter();
    tellSection(name);
  },
  strange(body) {
    mood.strange = body;
    for (const name of Object.keys(body)) tellSection(name);
  },
  receiver(body) {
    overrides.receiver = body;
    tell(stateSockets, { type: 'receiver', receiver: receiverOf() });
  },
};

// Alarms and history

const events = new MockEvents(MAC, (event) => tell(stateSockets, { type: 'event', event }));

function pastOf(method, path, query) {
  const acknowledge = /^\/api\/v1\/events\/(\d+)\/acknowledge$/.exec(path);
  if (acknowledge && method === 'POST') {
    const event = events.acknowledge(Number(acknowledge[1]));
    return event ? [200, event] : [404, { error: `There is no event ${acknowledge[1]}.` }];
  }
  if (path === '/api/v1/events') return [200, events.page(query)];
  if (path === '/api/v1/recordings') return [200, { recordings: events.recordings() }];
  const of = /^\/api\/v1\/transmitters\/([^/]+)\/(history|energy|weak-cells)$/.exec(path);
  if (!of) return null;
  const [, mac, what] = of;
  if (what === 'weak-cells')
    return [200, mood.nothing ? { mac, since: null, cells: [], weakest: [] } : weakCellsOf(mac)];
  if (what === 'energy') return [200, mood.nothing ? { mac, time_zone: 'UTC', days: [] } : energyOf(mac, query)];
  if (query.get('format') === 'csv') return [200, historyCsv(mac, query)];
  const history = historyOf(mac, query);
  return [200, mood.nothing ? { ...history, points: [] } : history];
}

// HTTP

function answer(method, path, query, headers, body) {
  const etag = headers['if-match'];
  const mock = /^\/mock\/(\w+)$/.exec(path);
  if (mock && method === 'POST' && mocks[mock[1]]) return (mocks[mock[1]](body), [200, {}]);
  if (mood.fail !== null) return [mood.fail, { error: 'The history is paused: the disk is full. Make room on it.' }];
  const past = pastOf(method, path, query);
  if (past) return past;
  if (path === '/api/v1/schema') return [200, schema];
  if (path === '/api/v1/receiver') return method === 'PATCH' ? changeReceiver(etag, body) : [200, receiverOf()];
  if (path === '/api/v1/transmitters') return [200, { transmitters: mood.empty ? [] : [transmitterOf()] }];
  const section = /^\/api\/v1\/transmitters\/[^/]+\/sections\/(\w+)$/.exec(path);
  if (section && contents[section[1]]) {
    return method === 'PATCH' ? changeSection(section[1], etag, body) : [200, sectionOf(section[1])];
  }
  const edit = /^\/api\/v1\/transmitters\/[^/]+\/edits\/(\w+)$/.exec(path);
  if (edit && edits.has(edit[1])) return [200, edits.get(edit[1])];
  return [404, { error: `No such path: ${path}` }];
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

async function file(path, response) {
  const name = extname(path) === '' ? '/index.html' : path; // a path that names no file is a page
  try {
    const content = await readFile(join(DIST, name));
    response.writeHead(200, {
      'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
      'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'",
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://mock');
  if (!/^\/(api|mock)\//.test(pathname)) return file(pathname, response);
  let text = '';
  for await (const chunk of request) text += chunk;
  const [status, body] = answer(
    request.method,
    pathname,
    searchParams,
    request.headers,
    text === '' ? {} : JSON.parse(text),
  );
  const isText = typeof body === 'string';
  response.writeHead(status, { 'Content-Type': isText ? 'text/csv' : 'application/json' });
  response.end(isText ? body : JSON.stringify(body));
});

server.on('upgrade', (request, socket, head) => {
  const { pathname } = new URL(request.url, 'http://mock');
  const sockets = { '/ws/state': stateSockets, '/ws/cells': cellSockets }[pathname];
  if (!sockets) return socket.destroy();
  sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client));
});

server.listen(PORT, '127.0.0.1', () => console.log(`Mock receiver at http://127.0.0.1:${server.address().port}`));
