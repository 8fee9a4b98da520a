// The telemetry codec over the simulated pack and every recording that a source can read: bits per cell with all
// bits after the frame's header, beside what others make of the cells alone; air; time. The recordings are looked for
// in VB_SHARED_DATA (../shared/data beside the repository); without them the simulated packs alone are measured.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { recordings, sourceOf } from './recordings.mjs';
import { rowsOf } from './rows.mjs';

const here = dirname(new URL(import.meta.url).pathname);
const program =
  process.env.VOLTBEACON_BENCH_CODEC ??
  join(dirname(process.env.VOLTBEACON), 'tests/bench/codec/voltbeacon-bench-codec');
const lossProgram = join(dirname(program), 'voltbeacon-bench-loss');
const data = process.env.VB_SHARED_DATA ?? resolve(here, '../../../shared/data');
const simulated = 12000; // readings: 20 minutes at 10 Hz
const recorded = 20000; // at most
const rawBytesMax = 3 * 81;
const folder = mkdtempSync(join(tmpdir(), 'voltbeacon-codec-'));

// ---- others --------------------------------------------------------------------------------

function byColumns(bytes, cells) {
  const rows = bytes.length / 2 / cells;
  const turned = Buffer.alloc(bytes.length);
  for (let row = 0; row < rows; row++) {
    for (let cell = 0; cell < cells; cell++) {
      bytes.copy(turned, 2 * (cell * rows + row), 2 * (row * cells + cell), 2 * (row * cells + cell) + 2);
    }
  }
  return turned;
}

function zstdSize(bytes) {
  const path = join(folder, 'input');
  writeFileSync(path, bytes);
  const { status, stdout } = spawnSync('zstd', ['-19', '-q', '-c', path], { maxBuffer: 1 << 28 });
  return status === 0 ? stdout.length : NaN;
}

function zlibSize(bytes, cells) {
  let size = 0;
  for (let at = 0; at < bytes.length; at += 2 * cells)
    size += deflateRawSync(bytes.subarray(at, at + 2 * cells), { level: 9 }).length;
  return size;
}

// ---- the table -----------------------------------------------------------------------------

const columns = [
  'readings',
  'cells',
  'ours',
  'one-way',
  'raw',
  'varbyte',
  'zlib',
  'zstd rows',
  'zstd cols',
  'encode',
  'decode',
  'air',
  'acks',
];

function printRow(title, values) {
  console.log(title.padEnd(52) + values.map((value) => String(value).padStart(10)).join(''));
}

function measure(title, source, count) {
  const path = join(folder, 'cells');
  const { status, stdout, stderr } = spawnSync(program, [source, String(count), path], { encoding: 'utf8' });
  if (status !== 0) {
    const reason = stderr
      ?.trim()
      .replaceAll(source.slice(source.indexOf(':') + 1), 'it')
      .split(', expected')[0];
    console.log(`${title.padEnd(52)} left out: ${reason || `${program} did not run`}`);
    return null;
  }
  const ours = JSON.parse(stdout);
  const bytes = readFileSync(path);
  const bits = (size) => (Number.isNaN(size) ? 'no zstd' : ((16 * size) / bytes.length).toFixed(2));
  printRow(title, [
    ours.readings,
    ours.cells,
    ours.bits_per_cell.toFixed(2),
    ours.bits_per_cell_one_way.toFixed(2),
    '16.00',
    ours.varbyte.toFixed(2),
    bits(zlibSize(bytes, ours.cells)),
    bits(zstdSize(bytes)),
    bits(zstdSize(byColumns(bytes, ours.cells))),
    ours.encode_ns,
    ours.decode_ns,
    ours.air_bytes.toFixed(1),
    ours.ack_bytes.toFixed(1),
  ]);
  return ours;
}

/** What a lost frame costs: an hour at 10 Hz in the simulated world, frames and acknowledgements lost alike. */
function measureLoss() {
  const rows = rowsOf(lossProgram);
  console.log();
  printRow('readings over a lossy link', ['frames', 'lost', 'keyframes', 'readings', 'per frame']);
  for (const row of rows) {
    printRow(`${row.receivers} receivers, ${row.loss / 10} % to and from this one`, [
      row.sent,
      row.frames_lost,
      row.keyframes_lost,
      row.readings_lost,
      (row.readings_lost / row.frames_lost).toFixed(3),
    ]);
  }
  console.log(
    'Lost: frames of readings that did not come, keyframes among them, readings lacking; aim 1, and at most one\n' +
      'more where a keyframe is lost.',
  );
}

try {
  console.log(
    'Bits per cell: ours with all bits after the frame header (number, digest, times, currents, temperatures,\n' +
      'keyframes), each keyframe acknowledged before the next reading, as on a link without loss; one-way: none is.\n' +
      'The others of the cells alone, 16 bits each. zlib is per frame, level 9, without its own header and trailer;\n' +
      'varbyte and zstd -19 need every frame, and zstd, over the whole file by rows or by columns, sees the future.\n' +
      'Encode and decode in ns per reading, the fastest tenth of batches; air and acks in bytes per reading.\n',
  );
  printRow('', columns);
  const pack = measure('sim, 96 cells, 10 Hz', 'sim:hz=10', simulated);
  measure('sim, 96 cells, 10 Hz, driving', 'sim:hz=10,profile=drive', simulated);
  measure('sim, 192 cells, 40 temperatures, 10 Hz', 'sim:hz=10,cells=192,temps=40', simulated);
  if (existsSync(data)) {
    for (const path of recordings(data)) {
      measure(basename(path).replace('.cells.derived', ''), sourceOf(path), recorded);
    }
  } else {
    console.log(`No recordings: ${data} is not there; VB_SHARED_DATA names another folder.`);
  }
  if (pack === null) throw new Error('the simulated pack could not be measured');
  const share = (pack.air_bytes / rawBytesMax).toFixed(2);
  console.log(
    `\nsim, 96 cells, 10 Hz: ${pack.bits_per_cell} bits per cell (aim 2.9), encode ${pack.encode_ns} ns and ` +
      `decode ${pack.decode_ns} ns (aim 1000), ${pack.air_bytes} bytes in the air, ${share} of three 81-byte chunks ` +
      `(aim 0.35)`,
  );
  measureLoss();
} finally {
  rmSync(folder, { recursive: true });
}
