// uPlot with this product's manners: true time axis, gaps are gaps, no smoothing, the last value at the
// line's end, and a cursor that reads out every series.
import uPlot from 'uplot';
import type { Colors } from './cellchart';
import { number, quantity, timeOfDay } from './format';

export interface Series {
  label: string;
  unit: string;
  decimals: number;
  /** Smallest height of the scale, so that noise does not look like a storm. */
  spanMin: number;
  dash?: number[];
  width?: number;
  quiet?: boolean;
}

export interface ChartOptions {
  /** All of one unit. */
  series: Series[];
  width: number;
  height: number;
  /** Whether the times are written beneath; of panels one above the other the lowest has them. */
  showTimes: boolean;
  windowS: number;
  timeZone: string;
  colors: Colors;
  /** The index under the cursor, or null. */
  onCursor: (index: number | null) => void;
}

const AXIS_SIZE = 48;
const UNIT_HEIGHT = 24;
const TIMES_HEIGHT = 32;
const TIMES_HEIGHT_NONE = 8;
const ENDS_WIDTH = 84;
const SYNC_KEY = 'monitoring';

export function createTimeChart(target: HTMLElement, data: uPlot.AlignedData, options: ChartOptions): uPlot {
  const { series, colors, timeZone, windowS } = options;
  const font = `12px ${colors.font}`;
  const spanMin = Math.max(...series.map((one) => one.spanMin));
  const scales: uPlot.Scales = {
    x: { time: true, range: (_, from, to) => windowOf(from, to, windowS) },
    y: { range: (_, low, high) => padded(low, high, spanMin) },
  };

  const axis = { stroke: colors.quiet, font, ticks: { show: false } };
  const axes: uPlot.Axis[] = [
    {
      ...axis,
      grid: { stroke: colors.line, width: 1 },
      size: options.showTimes ? TIMES_HEIGHT : TIMES_HEIGHT_NONE,
      space: 88,
      incrs: [5, 10, 15, 30, 60, 120, 300, 600],
      values: (_, splits) => splits.map((at) => (options.showTimes ? timeOfDay(at, timeZone) : '')),
    },
    {
      ...axis,
      size: AXIS_SIZE,
      space: 20,
      grid: { stroke: colors.line, width: 1 },
      values: (_, splits) => splits.map((value) => number(value, decimalsOf(splits))),
    },
  ];

  return new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [UNIT_HEIGHT, ENDS_WIDTH, 0, 0],
      scales,
      axes,
      series: [
        {},
        ...series.map((one): uPlot.Series => ({
          label: one.label,
          stroke: one.quiet ? colors.quiet : colors.ink,
          width: one.width ?? 1.5,
          points: { show: false },
          spanGaps: false,
          ...(one.dash ? { dash: one.dash } : {}),
        })),
      ],
      legend: { show: false },
      cursor: { sync: { key: SYNC_KEY }, drag: { x: false, y: false }, y: false, points: { size: 7 } },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), timeZone),
      hooks: {
        setCursor: [(chart) => options.onCursor(chart.cursor.idx ?? null)],
        draw: [
          (chart) => drawUnit(chart, series[0]?.unit ?? '', colors),
          (chart) => drawEnds(chart, series, colors),
        ],
      },
    },
    data,
    target,
  );
}

const WINDOW_MIN_S = 60;

/** Grows with the history up to the window, then moves with it. */
function windowOf(from: number | null, to: number | null, windowS: number): [number, number] {
  const end = to ?? Date.now() / 1000;
  const start = from ?? end;
  return [end - Math.min(windowS, Math.max(WINDOW_MIN_S, end - start)), end];
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

/** On top of its axis. */
function drawUnit(chart: uPlot, unit: string, colors: Colors): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio || 1;
  const { left, top } = chart.bbox;
  ctx.save();
  ctx.font = `${12 * ratio}px ${colors.font}`;
  ctx.textBaseline = 'bottom';
  ctx.fillStyle = colors.quiet;
  ctx.textAlign = 'right';
  ctx.fillText(unit, left - 8 * ratio, top - 6 * ratio);
  ctx.restore();
}

/** Names and last values at the right end of the lines, pushed apart where they would overlap. */
function drawEnds(chart: uPlot, series: Series[], colors: Colors): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio || 1;
  const lineHeight = 15 * ratio;
  const { left, top, width, height } = chart.bbox;

  const ends = series.flatMap((one, i) => {
    const column = chart.data[i + 1];
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
    ctx.fillStyle = one.quiet ? colors.quiet : colors.ink;
    ctx.fillText(text, left + width + 6 * ratio, y);
  }
  ctx.restore();
}

function endText(one: Series, value: number, named: boolean): string {
  return named ? `${one.label.toLowerCase()} ${number(value)}` : quantity(value, one.unit, one.decimals);
}
