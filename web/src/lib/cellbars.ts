// Draws the cells as bars, either up from the lower end of the scale or up and down from the mean: in one row where
// they fit, in two rows of 48 on a phone.
import { crisp, type Colors, type Drawing, type Picture } from './celldrawing';
import { isMild, type Scale } from './cellscale';
import { number, signed } from './format';

interface Layout {
  width: number;
  height: number;
  rows: number;
  perRow: number;
  /** Bars stand on the mean. */
  fromMean: boolean;
  /** Distance from one bar to the next. */
  pitch: number;
  left: number;
  barsHeight: number;
  rowHeight: number;
}

const LEFT = 42;
const RIGHT = 4;
const TOP = 20;
/** Balancing marks, then cell numbers. */
const BOTTOM = 28;
const MARKS = 8;
const PITCH_MIN = 5;
const BARS_HEIGHT_ONE_ROW = 224;
const BARS_HEIGHT_ROWS = 112;
const BARS_HEIGHT_COMPACT = 64;

function layoutFor(count: number, width: number, compact: boolean, fromMean: boolean): Layout {
  const room = Math.max(1, width - LEFT - RIGHT);
  const rows = Math.max(1, Math.ceil((count * PITCH_MIN) / room));
  const perRow = Math.max(1, Math.ceil(count / rows));
  const barsHeight = compact ? BARS_HEIGHT_COMPACT : rows === 1 ? BARS_HEIGHT_ONE_ROW : BARS_HEIGHT_ROWS;
  const rowHeight = TOP + barsHeight + BOTTOM;
  return {
    width,
    height: rows * rowHeight,
    rows,
    perRow,
    fromMean,
    pitch: room / perRow,
    left: LEFT,
    barsHeight,
    rowHeight,
  };
}

export function barsDrawing(count: number, width: number, compact: boolean, fromMean: boolean): Drawing {
  const layout = layoutFor(count, width, compact, fromMean);
  return {
    width,
    height: layout.height,
    rows: layout.rows,
    stride: layout.perRow,
    cellAt: (x, y) => cellAt(layout, count, x, y),
    draw: (ctx, picture, colors) => drawCells(ctx, layout, picture, colors),
  };
}

function cellAt(layout: Layout, count: number, x: number, y: number): number | null {
  const column = Math.floor((x - layout.left) / layout.pitch);
  const row = Math.floor(y / layout.rowHeight);
  if (column < 0 || column >= layout.perRow || row < 0 || row >= layout.rows) return null;
  const index = row * layout.perRow + column;
  return index < count ? index : null;
}

function drawCells(ctx: CanvasRenderingContext2D, layout: Layout, picture: Picture, colors: Colors): void {
  ctx.clearRect(0, 0, layout.width, layout.height);
  ctx.font = `12px ${colors.font}`;
  ctx.textBaseline = 'alphabetic';
  for (let row = 0; row < layout.rows; row++) {
    drawScale(ctx, layout, row, picture, colors);
    drawBars(ctx, layout, row, picture, colors);
    drawLimits(ctx, layout, row, picture, colors);
    drawNumbers(ctx, layout, row, picture, colors);
  }
}

const topOf = (layout: Layout, row: number) => row * layout.rowHeight + TOP;

function yOf(layout: Layout, row: number, scale: Scale, mv: number): number {
  const part = (mv - scale.low) / (scale.high - scale.low);
  return topOf(layout, row) + layout.barsHeight * (1 - Math.min(1, Math.max(0, part)));
}

/** The voltage the bars start from. */
const baseOf = (layout: Layout, { reading, scale }: Picture): number =>
  layout.fromMean ? (reading.avg ?? scale.low) : scale.low;

function horizontal(ctx: CanvasRenderingContext2D, layout: Layout, y: number): void {
  ctx.beginPath();
  ctx.moveTo(layout.left, crisp(y));
  ctx.lineTo(layout.width - RIGHT, crisp(y));
  ctx.stroke();
}

function drawScale(ctx: CanvasRenderingContext2D, layout: Layout, row: number, picture: Picture, c: Colors): void {
  const { scale } = picture;
  ctx.fillStyle = c.quiet;
  ctx.strokeStyle = c.line;
  ctx.lineWidth = 1;
  ctx.textAlign = 'right';
  for (const mv of [scale.low, scale.high]) {
    const y = yOf(layout, row, scale, mv);
    horizontal(ctx, layout, y);
    const text = layout.fromMean ? signed(mv - baseOf(layout, picture), '') : number(mv);
    ctx.fillText(text, layout.left - 8, y + 4);
  }
}

function drawBars(ctx: CanvasRenderingContext2D, layout: Layout, row: number, picture: Picture, c: Colors): void {
  const { reading, scale, trouble, selected } = picture;
  const bottom = topOf(layout, row) + layout.barsHeight;
  const base = yOf(layout, row, scale, baseOf(layout, picture));
  const gap = layout.pitch >= 8 ? 2 : 1;
  const width = Math.max(2, layout.pitch - gap);
  const balancing = new Set(reading.balancing);

  const first = row * layout.perRow;
  const last = Math.min(first + layout.perRow, reading.cells.length);
  for (let i = first; i < last; i++) {
    const x = layout.left + (i - first) * layout.pitch + gap / 2;
    const mv = reading.cells[i] ?? null;
    if (mv === null) {
      drawHollow(ctx, x, bottom, width, layout.barsHeight, c);
    } else {
      const y = yOf(layout, row, scale, mv);
      const extreme = i === reading.min_index || i === reading.max_index;
      const problem = trouble.get(i);
      ctx.fillStyle = problem === undefined ? (extreme ? c.ink : c.bar) : isMild(problem) ? c.amber : c.red;
      ctx.fillRect(x, Math.min(y, base), width, Math.max(1, Math.abs(base - y)));
    }
    if (balancing.has(i)) {
      ctx.fillStyle = c.ink;
      ctx.fillRect(x, bottom + 4, width, 4);
    }
    if (i === selected) {
      ctx.strokeStyle = c.accent;
      ctx.lineWidth = 2;
      ctx.strokeRect(x - 1.5, bottom - layout.barsHeight - 2, width + 3, layout.barsHeight + 3);
    }
  }
}

function drawHollow(
  ctx: CanvasRenderingContext2D,
  x: number,
  bottom: number,
  width: number,
  height: number,
  c: Colors,
): void {
  ctx.strokeStyle = c.quiet;
  ctx.lineWidth = 1;
  ctx.setLineDash([2, 2]);
  ctx.strokeRect(x + 0.5, crisp(bottom - height / 2), Math.max(1, width - 1), height / 2 - 1);
  ctx.setLineDash([]);
}

function drawLimits(ctx: CanvasRenderingContext2D, layout: Layout, row: number, picture: Picture, c: Colors): void {
  const { scale, limits, reading } = picture;
  const inView = (mv: number | null): mv is number => mv !== null && mv > scale.low && mv < scale.high;

  if (reading.avg !== null) {
    ctx.strokeStyle = c.ink;
    ctx.lineWidth = 1;
    ctx.setLineDash([1, 3]);
    horizontal(ctx, layout, yOf(layout, row, scale, reading.avg));
    ctx.setLineDash([]);
  }
  for (const [mv, name] of [
    [limits.low, 'lower limit'],
    [limits.high, 'upper limit'],
  ] as const) {
    if (!inView(mv)) continue;
    const y = yOf(layout, row, scale, mv);
    ctx.strokeStyle = c.red;
    ctx.lineWidth = 1;
    ctx.setLineDash([6, 3]);
    horizontal(ctx, layout, y);
    ctx.setLineDash([]);
    label(ctx, layout, `${name} ${number(mv)} mV`, layout.width - RIGHT - 4, y - 4, 'right', c.redText, c);
  }
}

/** Text on a patch of the card's colour, legible over bars. */
function label(
  ctx: CanvasRenderingContext2D,
  layout: Layout,
  text: string,
  x: number,
  y: number,
  align: 'left' | 'center' | 'right',
  color: string,
  c: Colors,
): void {
  const width = ctx.measureText(text).width;
  const wanted = align === 'right' ? x - width : align === 'center' ? x - width / 2 : x;
  const start = Math.min(Math.max(layout.left, wanted), layout.width - width - 1);
  ctx.fillStyle = c.card;
  ctx.fillRect(start - 3, y - 11, width + 6, 15);
  ctx.fillStyle = color;
  ctx.textAlign = 'left';
  ctx.fillText(text, start, y);
}

/** Below the bars, every twelfth cell and the lowest; above them, the highest and those in trouble. */
function drawNumbers(ctx: CanvasRenderingContext2D, layout: Layout, row: number, picture: Picture, c: Colors): void {
  const { reading, scale, trouble } = picture;
  const first = row * layout.perRow;
  const last = Math.min(first + layout.perRow, reading.cells.length);
  const center = (i: number) => layout.left + (i - first + 0.5) * layout.pitch;
  const below = topOf(layout, row) + layout.barsHeight + MARKS + 15;
  const inRow = (i: number | null): i is number => i !== null && i >= first && i < last;

  const ROOM = 32;
  const EVERY = 12;
  ctx.textAlign = 'center';
  ctx.fillStyle = c.quiet;
  for (let i = first; i < last; i++) {
    if (i !== first && (i + 1) % EVERY !== 0) continue;
    if (inRow(reading.min_index) && Math.abs(center(i) - center(reading.min_index)) < ROOM) continue;
    ctx.fillText(String(i + 1), center(i), below);
  }
  if (inRow(reading.min_index)) {
    label(ctx, layout, `▼${reading.min_index + 1}`, center(reading.min_index), below, 'center', c.ink, c);
  }

  const above = new Set([...trouble.keys()].filter(inRow));
  if (inRow(reading.max_index)) above.add(reading.max_index);
  let free = -Infinity;
  for (const i of [...above].sort((a, b) => a - b)) {
    if (center(i) - free < ROOM) continue;
    free = center(i);
    const problem = trouble.get(i);
    const mv = Math.max(reading.cells[i] ?? scale.low, baseOf(layout, picture));
    const y = yOf(layout, row, scale, mv) - 5;
    const mark = i === reading.max_index ? '▲' : '!';
    const color = problem === undefined ? c.ink : isMild(problem) ? c.amberText : c.redText;
    label(ctx, layout, `${mark}${i + 1}`, center(i), y, 'center', color, c);
  }
}
