import type { ReportedImage } from "@ansatz/lab";

/** What is drawn in one frame, in the coordinates of the points: x to the right, y upwards. */
export interface Frame {
  /** Dots, x and y one after the other. */
  readonly dots?: readonly { readonly points: ArrayLike<number>; readonly colour: Colour | readonly Colour[] }[];
  /** Lines through points, x and y one after the other. */
  readonly lines?: readonly { readonly points: ArrayLike<number>; readonly colour: Colour }[];
}

/** Red, green and blue, 0 … 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Left, right, bottom and top. */
export type Bounds = readonly [left: number, right: number, bottom: number, top: number];

const GAP = 4;
const OPACITY = 0.55;

/** Frames side by side, each a square of `edge` pixels, on white. What is outside of the bounds is left out. */
export function framesImage(frames: readonly Frame[], bounds: Bounds, edge: number, caption: string): ReportedImage {
  const width = frames.length * edge + (frames.length - 1) * GAP;
  const pixels = new Uint8Array(width * edge * 3).fill(255);
  for (const [index, { dots = [], lines = [] }] of frames.entries()) {
    const canvas = new Canvas(pixels, width, index * (edge + GAP), edge, bounds);
    for (const { points, colour } of lines)
      for (let at = 0; at + 3 < points.length; at += 2)
        canvas.line(points[at], points[at + 1], points[at + 2], points[at + 3], colour);
    for (const { points, colour } of dots)
      for (let at = 0; 2 * at + 1 < points.length; at++)
        canvas.dot(points[2 * at], points[2 * at + 1], isColour(colour) ? colour : colour[at]);
    for (let y = 0; y < edge && index > 0; y++)
      pixels.fill(200, (y * width + index * (edge + GAP) - GAP) * 3, (y * width + index * (edge + GAP)) * 3);
  }
  return { width, height: edge, channels: 3, pixels, caption };
}

function isColour(colour: Colour | readonly Colour[]): colour is Colour {
  return typeof colour[0] === "number";
}

/** Square bounds around all points, with a margin. */
export function boundsOf(points: readonly ArrayLike<number>[]): Bounds {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const each of points)
    for (let at = 0; at + 1 < each.length; at += 2) {
      [left, right] = [Math.min(left, each[at]), Math.max(right, each[at])];
      [bottom, top] = [Math.min(bottom, each[at + 1]), Math.max(top, each[at + 1])];
    }
  const half = 0.55 * Math.max(right - left, top - bottom, 1e-9);
  const [x, y] = [(left + right) / 2, (bottom + top) / 2];
  return [x - half, x + half, y - half, y + half];
}

/** A colour from around the circle, `share` of a turn from red. */
export function hue(share: number): Colour {
  const channel = (shift: number) => {
    const turn = (((share + shift) % 1) + 1) % 1;
    return Math.round(210 * Math.min(1, Math.max(0, 2 - 6 * Math.abs(turn - 0.5))));
  };
  return [channel(0.5), channel(0.5 - 1 / 3), channel(0.5 - 2 / 3)];
}

class Canvas {
  readonly #pixels: Uint8Array;
  readonly #width: number;
  readonly #offset: number;
  readonly #edge: number;
  readonly #bounds: Bounds;

  constructor(pixels: Uint8Array, width: number, offset: number, edge: number, bounds: Bounds) {
    this.#pixels = pixels;
    this.#width = width;
    this.#offset = offset;
    this.#edge = edge;
    this.#bounds = bounds;
  }

  dot(x: number, y: number, colour: Colour): void {
    const [column, row] = this.#place(x, y);
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ])
      this.#blend(Math.floor(column) + dx, Math.floor(row) + dy, colour, OPACITY);
  }

  line(x: number, y: number, toX: number, toY: number, colour: Colour): void {
    const [from, to] = [this.#place(x, y), this.#place(toX, toY)];
    const length = Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1));
    if (!(length <= 4 * this.#edge)) return;
    for (let step = 0; step < length; step++) {
      const share = step / length;
      const [column, row] = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
      this.#blend(Math.floor(column), Math.floor(row), colour, OPACITY / 2);
    }
  }

  #place(x: number, y: number): readonly [number, number] {
    const [left, right, bottom, top] = this.#bounds;
    return [((x - left) / (right - left)) * this.#edge, ((top - y) / (top - bottom)) * this.#edge];
  }

  #blend(column: number, row: number, colour: Colour, opacity: number): void {
    if (!(column >= 0 && column < this.#edge && row >= 0 && row < this.#edge)) return;
    const at = (row * this.#width + this.#offset + column) * 3;
    for (let channel = 0; channel < 3; channel++)
      this.#pixels[at + channel] = Math.round((1 - opacity) * this.#pixels[at + channel] + opacity * colour[channel]);
  }
}
