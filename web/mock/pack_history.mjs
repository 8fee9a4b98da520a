// A made-up history: what a receiver would have recorded of a pack of 96 cells, with one night switched off.
const CELLS = 96;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const POINTS_MAX = 1500;

const wave = (at, period, shift = 0) => Math.sin(((at + shift) / period) * 2 * Math.PI);
/** Returns the same value for the same arguments. */
const grain = (a, b) => ((Math.sin(a * 12.9898 + b * 78.233) * 43758.5453) % 1) / 2;
const rounded = (value, decimals) => Number(value.toFixed(decimals));
const around = (mean, reach, decimals) => [mean - reach, mean, mean + reach].map((value) => rounded(value, decimals));

const skewOf = (cell) => (cell === 16 ? -14 : cell === 64 ? 10 : grain(cell, 1) * 9);
const socAt = (at) => 55 + 30 * wave(at, DAY_S, -9 * HOUR_S);
const currentAt = (at) => 14 * wave(at, DAY_S, -3 * HOUR_S) + 6 * grain(Math.floor(at / 600), 2);
const meanAt = (at) => 3600 + socAt(at) * 5 + currentAt(at) * 0.9;
/** The receiver was off for five hours of yesterday. */
const isOff = (at, now) => at > now - 17 * HOUR_S && at < now - 12 * HOUR_S;

function pointOf(at, step, cells) {
  const mean = meanAt(at);
  const reach = step < 60 ? 1 : step < HOUR_S ? 3 : 18;
  const load = -currentAt(at) / 30;
  return {
    at,
    readings: step * 2,
    pack_v: around((mean * CELLS) / 1000, reach * 0.08, 1),
    current_a: around(currentAt(at), reach * 0.4, 1),
    soc_percent: around(socAt(at), reach * 0.03, 1),
    all_cells_mv: [rounded(mean - 16 - reach, 0), rounded(mean, 1), rounded(mean + 12 + reach, 0)],
    temperatures_c: [around(15 + 4 * wave(at, DAY_S), 0.3, 1), around(16 + 4 * wave(at, DAY_S), 0.3, 1), null],
    all_temperatures_c: around(15.5 + 4 * wave(at, DAY_S), 0.8, 1),
    cells_mv: cells.map((cell) =>
      cell === 40 ? null : around(mean + skewOf(cell) * (1 + (cell === 16 ? load : 0)) + grain(cell, at), reach, 0),
    ),
  };
}

/** "0-95", "3,17" or "none". */
function parseCells(text) {
  if (text === null) return Array.from({ length: CELLS }, (_, i) => i);
  if (text === 'none') return [];
  return text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

const momentOf = (text, otherwise) => {
  if (text === null) return otherwise;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
};

function spanOf(query) {
  const now = Date.now() / 1000;
  const to = momentOf(query.get('to'), now);
  return { from: momentOf(query.get('from'), to - DAY_S), to, now };
}

export function historyOf(mac, query) {
  const { from, to, now } = spanOf(query);
  const asked = query.get('resolution') ?? 'auto';
  const steps = [10, 60, HOUR_S, 6 * HOUR_S];
  const step = asked === 'auto' ? (steps.find((one) => (to - from) / one <= POINTS_MAX) ?? DAY_S) : Number(asked);
  const cells = parseCells(query.get('cells'));
  const points = [];
  for (let at = Math.ceil(Math.max(from, now - 400 * DAY_S) / step) * step; at < Math.min(to, now); at += step) {
    if (!isOff(at, now)) points.push(pointOf(at, step, cells));
  }
  return {
    mac,
    from,
    to,
    resolution_s: step,
    time_zone: 'UTC',
    by_cell: true,
    cells,
    units: { cells: 'mV', pack: 'V', current: 'A', soc: '%', temperatures: 'degC' },
    points,
  };
}

export function historyCsv(mac, query) {
  const { points, cells, resolution_s: step } = historyOf(mac, query);
  const header = ['time', 'pack mean V', 'current mean A', 'SOC mean %', ...cells.map((i) => `cell ${i + 1} mean mV`)];
  const rows = points.map((point) =>
    [
      new Date(point.at * 1000).toISOString(),
      point.pack_v[1],
      point.current_a[1],
      point.soc_percent[1],
      ...point.cells_mv.map((triple) => triple?.[1] ?? ''),
    ].join(','),
  );
  return [`# ${mac}, times are UTC, a row for ${step} s`, header.join(','), ...rows, ''].join('\n');
}

export function energyOf(mac, query) {
  const { from, to, now } = spanOf(query);
  const days = [];
  for (let at = Math.max(from, now - 400 * DAY_S); at <= Math.min(to, now); at += DAY_S) {
    const day = Math.floor(at / DAY_S);
    days.push({
      day: new Date(at * 1000).toISOString().slice(0, 10),
      in_kwh: rounded(8 + 5 * grain(day, 1) + 3 * wave(at, 365 * DAY_S), 2),
      out_kwh: rounded(7 + 5 * grain(day, 2), 2),
    });
  }
  return { mac, time_zone: 'UTC', days };
}

export function weakCellsOf(mac) {
  const measure = (index) => ({
    index,
    number: index + 1,
    deviation_rest_mv: rounded(skewOf(index) * 0.4, 1),
    deviation_load_mv: rounded(skewOf(index), 1),
    resistance_mohm: index % 7 === 5 ? null : rounded(1.1 - skewOf(index) / 30, 2),
    resistance_uncertainty_mohm: index % 7 === 5 ? null : 0.08,
    resistance_steps: index % 7 === 5 ? 3 : 214,
    balancing_hours: rounded(Math.max(0, skewOf(index)) * 1.7, 1),
  });
  const cells = Array.from({ length: CELLS }, (_, index) => measure(index));
  const weakest = [...cells].sort((a, b) => a.deviation_load_mv - b.deviation_load_mv).map(({ number }) => number);
  return {
    mac,
    since: new Date(Date.now() - 12 * DAY_S * 1000).toISOString(),
    cells: cells.map((cell) => ({ ...cell, rank: weakest.indexOf(cell.number) + 1 })),
    weakest: weakest.slice(0, 8),
  };
}
