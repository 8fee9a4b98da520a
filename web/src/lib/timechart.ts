// uPlot with this product's manners: true time axis, gaps are gaps, no smoothing, the last value at the
// line's end, and a cursor that reads out every series.
import uPlot from 'uplot';
import type { Colors } from './cellchart';
import { number, timeOfDay } from './format';

export interface Series {
  label: string;
  unit: string;
  decimals: number;
  /** Series of one unit share a scale; the first scale is at the left, the second at the right. */
  scale: string;
  /** Smallest height of the scale, so that noise does not look like a storm. */
  spanMin: number;
  dash?: number[];
  width?: number;
  quiet?: boolean;
}

export interface ChartOptions {
  series: Series[];
  width: number;
  height: number;
  windowS: number;
  timeZone: string;
  colors: Colors;
  /** The index under the cursor, or null. */
  onCursor: (index: number | null) => void;
}

const AXIS_SIZE = 48;
const UNIT_HEIGHT = 24;
const ENDS_WIDTH = 76;
const SYNC_KEY = 'monitoring';

export function createTimeChart(target: HTMLElement, data: uPlot.AlignedData, options: ChartOptions): uPlot {
  const { series, colors, timeZone, windowS } = options;
  const font = `12px ${colors.font}`;
  const scaleNames = [...new Set(series.map((one) => one.scale))];

  const scales: uPlot.Scales = { x: { time: true, range: (_, from, to) => windowOf(from, to, windowS) } };
  for (const name of scaleNames) {
    const spanMin = Math.max(...series.filter((one) => one.scale === name).map((one) => one.spanMin));
    scales[name] = { range: (_, low, high) => padded(low, high, spanMin) };
  }

  const axis = { stroke: colors.quiet, font, ticks: { show: false } };
  const axes: uPlot.Axis[] = [
    {
      ...axis,
      grid: { stroke: colors.line, width: 1 },
      size: 32,
      space: 88,
      incrs: [5, 10, 15, 30, 60, 120, 300, 600],
      values: (_, splits) => splits.map((at) => timeOfDay(at, timeZone)),
    },
    ...scaleNames.map((scale, i): uPlot.Axis => ({
      ...axis,
      scale,
      side: i === 0 ? 3 : 1,
      size: AXIS_SIZE,
      grid: { show: i === 0, stroke: colors.line, width: 1 },
      values: (_, splits) => splits.map((value) => number(value, decimalsOf(splits))),
    })),
  ];

  return new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [UNIT_HEIGHT, scaleNames.length > 1 ? 0 : ENDS_WIDTH, 0, 0],
      scales,
      axes,
      series: [
        {},
        ...series.map((one): uPlot.Series => ({
          label: one.label,
          scale: one.scale,
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
          (chart) => drawUnits(chart, scaleNames, colors),
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

/** Each unit once, on top of its axis. */
function drawUnits(chart: uPlot, units: string[], colors: Colors): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio || 1;
  const { left, top, width } = chart.bbox;
  ctx.save();
  ctx.font = `${12 * ratio}px ${colors.font}`;
  ctx.textBaseline = 'bottom';
  ctx.fillStyle = colors.quiet;
  units.forEach((unit, i) => {
    ctx.textAlign = i === 0 ? 'right' : 'left';
    ctx.fillText(unit, i === 0 ? left - 8 * ratio : left + width + 8 * ratio, top - 6 * ratio);
  });
  ctx.restore();
}

/** Names and last values at the right end of the lines, pushed apart where they would overlap. */
function drawEnds(chart: uPlot, series: Series[], colors: Colors): void {
  const { ctx } = chart;
  const ratio = devicePixelRatio || 1;
  const lineHeight = 15 * ratio;
  const { left, top, width, height } = chart.bbox;
  const twoScales = chart.axes.length > 2;

  const ends = series.flatMap((one, i) => {
    const column = chart.data[i + 1];
    const value = column?.at(-1) ?? null;
    if (value === null) return [];
    return [{ one, y: chart.valToPos(value, one.scale, true), text: endText(one, value, twoScales) }];
  });
  ends.sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) ends[i]!.y = Math.max(ends[i]!.y, ends[i - 1]!.y + lineHeight);
  const overflow = (ends.at(-1)?.y ?? 0) - (top + height);
  if (overflow > 0) for (const end of ends) end.y -= overflow;

  ctx.save();
  ctx.font = `${12 * ratio}px ${colors.font}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = twoScales ? 'right' : 'left';
  for (const { one, y, text } of ends) {
    const x = left + width + (twoScales ? -4 : 6) * ratio;
    const middle = twoScales ? Math.max(top + 8 * ratio, y - 11 * ratio) : y;
    if (twoScales) {
      const textWidth = ctx.measureText(text).width;
      ctx.fillStyle = colors.card;
      ctx.fillRect(x - textWidth - 3 * ratio, middle - 8 * ratio, textWidth + 6 * ratio, 15 * ratio);
    }
    ctx.fillStyle = one.quiet ? colors.quiet : colors.ink;
    ctx.fillText(text, x, middle);
  }
  ctx.restore();
}

function endText(one: Series, value: number, withUnit: boolean): string {
  const name = one.label.toLowerCase();
  return withUnit ? `${name} ${number(value, one.decimals)} ${one.unit}` : `${name} ${number(value)}`;
}
