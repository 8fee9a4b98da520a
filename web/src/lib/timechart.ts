// uPlot set up for this product: a true time axis, gaps shown as gaps, no smoothing, the last value at the end of the
// line, and a cursor that reads out every series.
import uPlot from 'uplot';
import type { Colors } from './celldrawing';
import { axisTime, number, quantity, timeOfDay } from './format';

export interface Series {
  label: string;
  unit: string;
  decimals: number;
  /** Smallest span of the scale, so that noise does not fill the chart. */
  spanMin: number;
  dash?: number[];
  width?: number;
  quiet?: boolean;
  accent?: boolean;
  /** Has a band from the lowest to the highest: two more columns, low and high, follow its own. */
  band?: boolean;
}

/** How many columns of the data belong to a series. */
export const columnsOf = (one: Series): number => (one.band ? 3 : 1);

/** What the time axis shows: the last so many seconds, or a fixed range in UTC seconds. */
export type Span = { lastS: number } | { from: number; to: number };

export interface ChartOptions {
  /** All have the same unit. */
  series: Series[];
  width: number;
  height: number;
  /** Whether the times are written below; of stacked panels only the lowest has them. */
  showTimes: boolean;
  span: () => Span;
  timeZone: string;
  colors: Colors;
  /** Times to mark on the upper edge. */
  marks: () => readonly number[];
  /** The index under the cursor, or null. */
  onCursor: (index: number | null) => void;
  /** Called with a range that was dragged over; without it dragging does nothing. */
  onZoom?: ((from: number, to: number) => void) | undefined;
}

/** Axis steps whose labels need no rounding. */
const STEPS = [-2, -1, 0, 1, 2, 3, 4].flatMap((power) =>
  (power < 1 ? [1, 2, 5] : [1, 2, 2.5, 5]).map((digits) => Number(`${digits}e${power}`)),
);

/** A panel lower than this sets its labels closer together, so that at least two fit. */
const LOW_HEIGHT = 140;
const AXIS_SIZE = 48;
const UNIT_HEIGHT = 24;
const TIMES_HEIGHT = 32;
const TIMES_HEIGHT_NONE = 8;
const ENDS_WIDTH = 84;
const ENDS_WIDTH_DECIMALS = 104;
const SYNC_KEY = 'times';
/** In pixels; a shorter drag is a click. */
const ZOOM_WIDTH_MIN = 8;

export function createTimeChart(target: HTMLElement, data: uPlot.AlignedData, options: ChartOptions): uPlot {
  const { series, colors, timeZone, onZoom } = options;
  const live = 'lastS' in options.span();
  const font = `12px ${colors.font}`;
  const spanMin = Math.max(...series.map((one) => one.spanMin));
  const scales: uPlot.Scales = {
    x: { time: true, range: (_, from, to) => shownOf(options.span(), from, to) },
    y: { range: (_, low, high) => padded(low, high, spanMin) },
  };

  const axis = { stroke: colors.quiet, font, ticks: { show: false } };
  const axes: uPlot.Axis[] = [
    {
      ...axis,
      grid: { stroke: colors.line, width: 1 },
      size: options.showTimes ? TIMES_HEIGHT : TIMES_HEIGHT_NONE,
      gap: 10,
      space: live ? 88 : 60,
      ...(live ? { incrs: [5, 10, 15, 30, 60, 120, 300, 600] } : {}),
      values: (_, splits, _axis, _space, step) =>
        splits.map((at) => (options.showTimes ? (live ? timeOfDay(at, timeZone) : axisTime(at, step, timeZone)) : '')),
    },
    {
      ...axis,
      size: AXIS_SIZE,
      space: options.height < LOW_HEIGHT ? 14 : 20,
      incrs: STEPS,
      grid: { stroke: colors.line, width: 1 },
      values: (_, splits) => splits.map((value) => number(value, decimalsOf(splits))),
    },
  ];

  return new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [UNIT_HEIGHT, endsWidth(series), 0, 0],
      scales,
      axes,
      series: [{}, ...series.flatMap((one) => linesOf(one, colors))],
      bands: bandsOf(series, colors),
      legend: { show: false },
      cursor: {
        sync: { key: SYNC_KEY },
        drag: { x: onZoom !== undefined, y: false, setScale: false },
        y: false,
        points: { size: 7 },
      },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), timeZone),
      hooks: {
        setCursor: [(chart) => options.onCursor(chart.cursor.idx ?? null)],
        setSelect: [(chart) => zoom(chart, onZoom)],
        draw: [
          (chart) => drawUnit(chart, series[0]?.unit ?? '', colors),
          (chart) => drawEnds(chart, series, colors),
          (chart) => drawMarks(chart, options.marks(), colors),
        ],
      },
    },
    data,
    target,
  );
}

const WINDOW_MIN_S = 60;

/** A live span grows with the data up to its length, then moves along with it. */
function shownOf(span: Span, from: number | null, to: number | null): [number, number] {
  if ('from' in span) return [span.from, span.to];
  const end = to ?? Date.now() / 1000;
  const start = from ?? end;
  return [end - Math.min(span.lastS, Math.max(WINDOW_MIN_S, end - start)), end];
}

const strokeOf = (one: Series, colors: Colors) => (one.quiet ? colors.quiet : one.accent ? colors.accent : colors.ink);

/** A series' line, and the invisible edges of its band. */
function linesOf(one: Series, colors: Colors): uPlot.Series[] {
  const line: uPlot.Series = {
    label: one.label,
    stroke: strokeOf(one, colors),
    width: one.width ?? 1.5,
    points: { show: true, size: 4, filter: (chart, place) => alone(chart.data[place]!) },
    spanGaps: false,
    ...(one.dash ? { dash: one.dash } : {}),
  };
  const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false }, spanGaps: false };
  return one.band ? [line, { ...edge }, { ...edge }] : [line];
}

/** Single values between two gaps: no line connects them, so they are drawn as points. */
function alone(column: ArrayLike<number | null | undefined>): number[] {
  const has = (index: number) => typeof column[index] === 'number';
  const found: number[] = [];
  for (let i = 0; i < column.length; i++) if (has(i) && !has(i - 1) && !has(i + 1)) found.push(i);
  return found;
}

/** The index of each series' column in the data; column 0 is the time. */
export function placesOf(series: readonly Series[]): number[] {
  let next = 1;
  return series.map((one) => {
    const place = next;
    next += columnsOf(one);
    return place;
  });
}

function bandsOf(series: readonly Series[], colors: Colors): uPlot.Band[] {
  const BAND_ALPHA = '2e';
  const places = placesOf(series);
  return series.flatMap((one, i): uPlot.Band[] =>
    one.band ? [{ series: [places[i]! + 2, places[i]! + 1], fill: strokeOf(one, colors) + BAND_ALPHA }] : [],
  );
}

function zoom(chart: uPlot, onZoom: ChartOptions['onZoom']): void {
  const { left, width } = chart.select;
  if (width < ZOOM_WIDTH_MIN) return;
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom?.(chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x'));
}

function padded(low: number | null, high: number | null, spanMin: number): [number, number] {
  if (low === null || high === null) return [0, spanMin];
  const span = Math.max(spanMin, (high - low) * 1.3);
  const middle = (low + high) / 2;
  return [middle - span / 2, middle + span / 2];
}

function decimalsOf(splits: number[]): number {
  const [a = 0, b = 1] = splits;
  const step = Math.abs(b - a);
  return step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
}

/** Writes the unit above its axis. */
function drawUnit(chart: uPlot, unit: string, colors: Colors): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio || 1;
  const { left, top } = chart.bbox;
  ctx.save();
  ctx.font = `${12 * ratio}px ${colors.font}`;
  ctx.textBaseline = 'bottom';
  ctx.fillStyle = colors.quiet;
  ctx.textAlign = 'right';
  ctx.fillText(unit, left - 8 * ratio, top - 9 * ratio);
  ctx.restore();
}

/** Names and last values at the right end of the lines, pushed apart where they would overlap. */
function drawEnds(chart: uPlot, series: Series[], colors: Colors): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio || 1;
  const lineHeight = 15 * ratio;
  const { left, top, width, height } = chart.bbox;

  const places = placesOf(series);
  const ends = series.flatMap((one, i) => {
    const column = chart.data[places[i]!];
    const value = column?.at(-1) ?? null;
    if (value === null) return [];
    return [{ one, y: chart.valToPos(value, 'y', true), text: endText(one, value, series.length > 1) }];
  });
  ends.sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) ends[i]!.y = Math.max(ends[i]!.y, ends[i - 1]!.y + lineHeight);
  const overflow = (ends.at(-1)?.y ?? 0) - (top + height);
  if (overflow > 0) for (const end of ends) end.y -= overflow;

  ctx.save();
  ctx.font = `${12 * ratio}px ${colors.font}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const { one, y, text } of ends) {
    ctx.fillStyle = strokeOf(one, colors);
    ctx.fillText(text, left + width + 6 * ratio, y);
  }
  ctx.restore();
}

/** Room for a name and a value, or for a value alone. */
const endsWidth = (series: readonly Series[]): number =>
  series.length > 1 && series.some(({ decimals }) => decimals > 0) ? ENDS_WIDTH_DECIMALS : ENDS_WIDTH;

function endText(one: Series, value: number, named: boolean): string {
  return named ? `${one.label.toLowerCase()} ${number(value, one.decimals)}` : quantity(value, one.unit, one.decimals);
}

/** A small wedge at each of the times in view. */
function drawMarks(chart: uPlot, times: readonly number[], colors: Colors): void {
  const { ctx } = chart;
  const half = 3 * (devicePixelRatio || 1);
  const { left, top, width } = chart.bbox;
  ctx.save();
  ctx.fillStyle = colors.amber;
  for (const at of times) {
    const x = chart.valToPos(at, 'x', true);
    if (x < left || x > left + width) continue;
    ctx.beginPath();
    ctx.moveTo(x - half, top);
    ctx.lineTo(x + half, top);
    ctx.lineTo(x, top + 2 * half);
    ctx.fill();
  }
  ctx.restore();
}
