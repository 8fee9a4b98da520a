// Draws the cells as a map of the pack, one block per module; a stronger shade is further below the mean.
import { type Colors, type Drawing, type Picture } from './celldrawing';
import { isMild } from './cellscale';
import { signed } from './format';

const CELL_WIDTH_WANTED = 36;
const CELL_WIDTH_MIN = 24;
const CELL_HEIGHT = 28;
const TEXT_WIDTH_MIN = 26;
const LABEL_HEIGHT = 18;
const GAP = 16;
const LEGEND_HEIGHT = 28;

interface Layout {
  count: number;
  perModule: number;
  /** Cells per line of a module, and lines per module. */
  perLine: number;
  lines: number;
  blocksPerRow: number;
  cellWidth: number;
  blockWidth: number;
  blockHeight: number;
  rows: number;
  width: number;
}

function layoutFor(count: number, width: number, perModule: number): Layout {
  const perLine = Math.max(1, Math.min(perModule, Math.floor(width / CELL_WIDTH_MIN)));
  const lines = Math.ceil(perModule / perLine);
  const blocksPerRow = Math.max(1, Math.floor((width + GAP) / (perLine * CELL_WIDTH_WANTED + GAP)));
  const room = (width - GAP * (blocksPerRow - 1)) / blocksPerRow;
  const cellWidth = Math.floor(Math.min(CELL_WIDTH_WANTED * 1.5, room / perLine));
  const rows = Math.ceil(Math.ceil(count / perModule) / blocksPerRow);
  return {
    count,
    perModule,
    perLine,
    lines,
    blocksPerRow,
    cellWidth,
    rows,
    width,
    blockWidth: cellWidth * perLine + GAP,
    blockHeight: LABEL_HEIGHT + lines * CELL_HEIGHT + GAP / 2,
  };
}

/** Upper left corner of a cell. */
function placeOf(layout: Layout, index: number): { x: number; y: number } {
  const module = Math.floor(index / layout.perModule);
  const within = index % layout.perModule;
  return {
    x: (module % layout.blocksPerRow) * layout.blockWidth + (within % layout.perLine) * layout.cellWidth,
    y:
      Math.floor(module / layout.blocksPerRow) * layout.blockHeight +
      LABEL_HEIGHT +
      Math.floor(within / layout.perLine) * CELL_HEIGHT,
  };
}

function cellAt(layout: Layout, x: number, y: number): number | null {
  const block = Math.floor(x / layout.blockWidth);
  const row = Math.floor(y / layout.blockHeight);
  const column = Math.floor((x - block * layout.blockWidth) / layout.cellWidth);
  const line = Math.floor((y - row * layout.blockHeight - LABEL_HEIGHT) / CELL_HEIGHT);
  const inside = block >= 0 && block < layout.blocksPerRow && column >= 0 && column < layout.perLine;
  if (!inside || line < 0 || line >= layout.lines) return null;
  const within = line * layout.perLine + column;
  const index = (row * layout.blocksPerRow + block) * layout.perModule + within;
  return within < layout.perModule && index < layout.count ? index : null;
}

export function mapDrawing(count: number, width: number, perModule: number): Drawing {
  const layout = layoutFor(count, width, perModule);
  return {
    width,
    height: layout.rows * layout.blockHeight + LEGEND_HEIGHT,
    rows: layout.rows,
    stride: layout.lines > 1 ? layout.perLine : layout.blocksPerRow * perModule,
    cellAt: (x, y) => cellAt(layout, x, y),
    draw: (ctx, picture, colors) => drawMap(ctx, layout, picture, colors),
  };
}

const SHADE_MIN = 0.05;
const SHADE_MAX = 0.85;
/** From this shade on, text in the card's colour is more legible. */
const SHADE_STRONG = 0.52;

/** The share of ink: lightest at the scale's upper end, strongest at its lower end. */
function shadeOf({ scale }: Picture, mv: number): number {
  const part = Math.min(1, Math.max(0, (scale.high - mv) / (scale.high - scale.low)));
  return SHADE_MIN + part * (SHADE_MAX - SHADE_MIN);
}

function drawMap(ctx: CanvasRenderingContext2D, layout: Layout, picture: Picture, c: Colors): void {
  ctx.clearRect(0, 0, layout.width, layout.rows * layout.blockHeight + LEGEND_HEIGHT);
  ctx.textBaseline = 'middle';
  drawModules(ctx, layout, c);
  for (let index = 0; index < picture.reading.cells.length; index++) drawCell(ctx, layout, picture, index, c);
  drawLegend(ctx, layout, picture, c);
}

function drawModules(ctx: CanvasRenderingContext2D, layout: Layout, c: Colors): void {
  ctx.font = `12px ${c.font}`;
  ctx.textAlign = 'left';
  ctx.fillStyle = c.quiet;
  for (let first = 0; first < layout.count; first += layout.perModule) {
    const { x, y } = placeOf(layout, first);
    const last = Math.min(first + layout.perModule, layout.count);
    ctx.fillText(last === first + 1 ? `${last}` : `${first + 1}–${last}`, x + 1, y - LABEL_HEIGHT / 2);
  }
}

function drawCell(ctx: CanvasRenderingContext2D, layout: Layout, picture: Picture, index: number, c: Colors): void {
  const { reading, trouble, selected } = picture;
  const { x, y } = placeOf(layout, index);
  const [left, top, width, height] = [x + 1, y + 1, layout.cellWidth - 2, CELL_HEIGHT - 2];
  const mv = reading.cells[index] ?? null;
  if (mv === null) {
    ctx.strokeStyle = c.quiet;
    ctx.lineWidth = 1;
    ctx.setLineDash([2, 2]);
    ctx.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    ctx.setLineDash([]);
  } else {
    const shade = shadeOf(picture, mv);
    ctx.globalAlpha = shade;
    ctx.fillStyle = c.ink;
    ctx.fillRect(left, top, width, height);
    ctx.globalAlpha = 1;
    ctx.fillStyle = shade > SHADE_STRONG ? c.card : c.ink;
    writeCell(ctx, layout, picture, index, mv, left + width / 2, top);
  }
  const problem = trouble.get(index);
  if (problem !== undefined) frame(ctx, left, top, width, height, isMild(problem) ? c.amber : c.red);
  if (index === selected) frame(ctx, left, top, width, height, c.accent);
}

/** Writes the deviation, marks the lowest and the highest, and underlines a balancing cell. */
function writeCell(
  ctx: CanvasRenderingContext2D,
  layout: Layout,
  { reading }: Picture,
  index: number,
  mv: number,
  x: number,
  top: number,
): void {
  const extreme = index === reading.min_index ? '▼' : index === reading.max_index ? '▲' : '';
  const deviation = signed(Math.round(mv - (reading.avg ?? mv)), '');
  const { cellWidth } = layout;
  const both = cellWidth >= CELL_WIDTH_WANTED;
  const text = both ? extreme + deviation : extreme || (cellWidth >= TEXT_WIDTH_MIN ? deviation : '');
  ctx.textAlign = 'center';
  ctx.fillText(text, x, top + CELL_HEIGHT / 2 - 1);
  if (reading.balancing.includes(index)) ctx.fillRect(x - 6, top + CELL_HEIGHT - 7, 12, 3);
}

function frame(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
): void {
  ctx.strokeStyle = color;
  ctx.lineWidth = 3;
  ctx.strokeRect(x + 1.5, y + 1.5, width - 3, height - 3);
}

/** The shades, with the ends of the scale written out. */
function drawLegend(ctx: CanvasRenderingContext2D, layout: Layout, picture: Picture, c: Colors): void {
  const STEPS = 12;
  const STEP_WIDTH = 10;
  const { scale, reading } = picture;
  const y = layout.rows * layout.blockHeight + LEGEND_HEIGHT / 2;
  const mean = reading.avg ?? 0;
  ctx.font = `12px ${c.font}`;
  ctx.textAlign = 'left';
  const low = signed(Math.round(scale.low - mean), 'mV');
  ctx.fillStyle = c.quiet;
  ctx.fillText(low, 1, y);
  const left = ctx.measureText(low).width + 9;
  ctx.fillText(signed(Math.round(scale.high - mean), 'mV'), left + STEPS * STEP_WIDTH + 8, y);
  ctx.fillStyle = c.ink;
  for (let step = 0; step < STEPS; step++) {
    const mv = scale.low + ((step + 0.5) / STEPS) * (scale.high - scale.low);
    ctx.globalAlpha = shadeOf(picture, mv);
    ctx.fillRect(left + step * STEP_WIDTH, y - 6, STEP_WIDTH, 12);
  }
  ctx.globalAlpha = 1;
}
