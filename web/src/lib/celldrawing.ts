// What all drawings of cells share: colours, the data drawn, and finding the cell under a pointer.
import type { Limits, Scale, Trouble } from './cellscale';
import type { Reading } from './types';

export interface Colors {
  ink: string;
  quiet: string;
  line: string;
  bar: string;
  accent: string;
  amber: string;
  amberText: string;
  red: string;
  redText: string;
  card: string;
  font: string;
}

export interface Picture {
  reading: Reading;
  scale: Scale;
  limits: Limits;
  trouble: Map<number, Trouble>;
  selected: number | null;
}

/** A way of drawing cells into a width. */
export interface Drawing {
  width: number;
  height: number;
  rows: number;
  /** Offset from a cell to the one below it. */
  stride: number;
  /** The cell at a point, or null where there is none. */
  cellAt: (x: number, y: number) => number | null;
  draw: (ctx: CanvasRenderingContext2D, picture: Picture, colors: Colors) => void;
}

export const crisp = (y: number) => Math.round(y) + 0.5;
