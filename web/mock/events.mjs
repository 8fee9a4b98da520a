// Made-up alarms and changes of state, newest first; they can begin, end and be acknowledged.
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const NO_FIGURES = { cell: null, value: null, threshold: null, unit: null, recording: null, acknowledged: null };

export class MockEvents {
  constructor(mac, onNews) {
    this.mac = mac;
    this.onNews = onNews;
    this.all = [];
    this.#past();
  }

  #add(ageMs, lastsMs, event) {
    const begin = Date.now() - ageMs;
    const end = lastsMs === null ? null : begin + lastsMs;
    const whole = {
      id: this.all.length + 1,
      type: 'alarm',
      mac: this.mac,
      level: 'warning',
      ...NO_FIGURES,
      ...event,
      begin: new Date(begin).toISOString(),
      end: end === null ? null : new Date(end).toISOString(),
      duration_s: Math.round(((end ?? Date.now()) - begin) / 1000),
      last_known: null,
      worst_at: null,
    };
    const open = whole.type === 'alarm' && end === null;
    Object.assign(whole, { open, watched: open, worst: whole.value, seen: whole.acknowledged !== null });
    this.all.unshift(whole);
    return whole;
  }

  #past() {
    const state = (ageMs, kind, text) => this.#add(ageMs, 0, { type: 'state', level: 'info', kind, text });
    for (let day = 40; day > 2; day--) {
      state(day * 24 * HOUR_MS, 'link_degraded', 'Nothing heard from the transmitter for 20 s.');
      state(day * 24 * HOUR_MS - 4000, 'link_connected', 'The transmitter is heard again.');
    }
    state(31 * HOUR_MS, 'receiver_started', 'The receiver started.');
    this.#add(30 * HOUR_MS, 12 * MINUTE_MS, {
      kind: 'cell_under_voltage',
      level: 'alert',
      cell: 17,
      value: 2975,
      threshold: 3000,
      unit: 'mV',
      text: 'Cell 17 is at 2,975 mV, below its limit of 3,000 mV.',
      acknowledged: new Date(Date.now() - 29 * HOUR_MS).toISOString(),
      recording: '/api/v1/recordings/20261121T140000Z-cell_under_voltage.jsonl',
    });
    this.#add(9 * HOUR_MS, 41 * MINUTE_MS, {
      kind: 'temperature_spread',
      level: 'info',
      value: 8.4,
      threshold: 8,
      unit: 'degC',
      text: 'The sensors are 8.4 °C apart.',
    });
    state(5 * HOUR_MS, 'transmitter_rebooted', 'The transmitter started anew.');
    this.#add(3 * HOUR_MS, 95_000, {
      kind: 'readings_stopped',
      text: 'No reading for 60 s.',
      value: 95,
      threshold: 60,
      unit: 's',
    });
    this.#add(47 * MINUTE_MS, null, {
      kind: 'cell_not_available',
      level: 'info',
      cell: 41,
      text: 'Cell 41 is not available.',
    });
    this.#add(26 * MINUTE_MS, null, {
      kind: 'imbalance',
      cell: 17,
      value: 3774,
      threshold: 3783,
      unit: 'mV',
      text: 'Cell 17 is 38 mV below the others.',
    });
  }

  page(query) {
    const limit = Number(query.get('limit') ?? 50);
    const wanted = (key) => query.get(key) === null || query.get(key) === '';
    const found = this.all.filter(
      (event) =>
        (wanted('mac') || event.mac === query.get('mac')) &&
        (wanted('type') || event.type === query.get('type')) &&
        (wanted('kind') || event.kind === query.get('kind')) &&
        (query.get('open') !== 'true' || event.open) &&
        (wanted('before') || event.id < Number(query.get('before'))),
    );
    const events = found.slice(0, limit);
    return { events, next: found.length > limit ? events.at(-1).id : null };
  }

  /** The recordings of alarms, as GET /api/v1/recordings lists them. */
  recordings() {
    return this.all
      .filter(({ recording }) => recording !== null)
      .map(({ recording, mac, begin, end, text }) => ({
        name: recording.split('/').at(-1),
        state: 'complete',
        mac,
        begin,
        end,
        bytes: 641_220,
        reason: text,
      }));
  }

  acknowledge(id) {
    const event = this.all.find((one) => one.id === id);
    if (event === undefined) return null;
    event.acknowledged ??= new Date().toISOString();
    event.seen = true;
    this.onNews(event);
    return event;
  }

  begin(event) {
    this.onNews(
      this.#add(0, null, { kind: 'imbalance', text: 'Cell 3 is 41 mV above the others.', cell: 3, ...event }),
    );
  }

  end() {
    const event = this.all.find((one) => one.type === 'alarm' && one.end === null);
    if (event === undefined) return;
    event.end = new Date().toISOString();
    Object.assign(event, { open: false, watched: false, value: null });
    event.duration_s = Math.round((Date.parse(event.end) - Date.parse(event.begin)) / 1000);
    this.onNews(event);
  }

  clear() {
    this.all = [];
  }
}
