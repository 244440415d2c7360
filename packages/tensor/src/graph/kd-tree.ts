/** Points in a leaf at most: few enough to look at one by one. */
const LEAF_POINTS = 12;

/** Lower bounds of distances are made this much smaller, so that their rounding never hides a point. */
const SAFETY = 1 - 1e-12;

/**
 * Points in boxes within boxes, for questions about what is near; any dimension, optionally periodic.
 * Source: Bentley, "Multidimensional binary search trees used for associative searching" (1975), with the bounding box of each node (Friedman, Bentley, Finkel 1977).
 */
export class KdTree {
  readonly #dimension: number;
  /** Period of each axis; infinite where there is none. */
  readonly #periods: Float64Array;
  readonly #isPeriodic: boolean;
  /** Numbers of the points as the leaves have them, and their coordinates in that order. */
  readonly #order: Int32Array;
  readonly #coordinates: Float64Array;
  /** Of each node: the range of its points, its second child (the first follows it), 0 for a leaf. */
  readonly #begins: number[] = [];
  readonly #ends: number[] = [];
  readonly #seconds: number[] = [];
  /** Of each node: the least and largest coordinates. */
  readonly #boxes: number[] = [];
  readonly #stack: number[] = [];

  /** @param points coordinates, point after point, all finite. */
  constructor(points: ArrayLike<number>, dimension: number, periods: readonly number[]) {
    const count = points.length / dimension;
    this.#dimension = dimension;
    this.#periods = Float64Array.from(periods);
    this.#isPeriodic = periods.some(Number.isFinite);
    this.#order = Int32Array.from({ length: count }, (_, point) => point);
    this.#coordinates = Float64Array.from(points, (value, at) => wrapped(value, periods[at % dimension]));
    if (count > 0) this.#build(0, count);
  }

  /** The numbers of all points at most `radius` from the given coordinates, in no particular order. */
  within(position: ArrayLike<number>, radius: number, found: number[]): void {
    const limit = radius * radius;
    const stack = this.#stack;
    if (this.#order.length > 0) stack.push(0);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (this.#distanceToBox(position, node) * SAFETY > limit) continue;
      if (this.#seconds[node] !== 0) stack.push(node + 1, this.#seconds[node]);
      else
        for (let at = this.#begins[node]; at < this.#ends[node]; at++)
          if (this.#distanceToPoint(position, at) <= limit) found.push(this.#order[at]);
    }
  }

  /** The numbers of the `count` nearest points to the given coordinates but `except`, the nearest first; of equally distant ones the first in number. */
  nearest(position: ArrayLike<number>, count: number, except: number): number[] {
    const points: number[] = [];
    const distances: number[] = [];
    const visit = (node: number): void => {
      if (points.length === count && this.#distanceToBox(position, node) * SAFETY > distances[count - 1]) return;
      const second = this.#seconds[node];
      if (second !== 0) {
        const isFirstNearer = this.#distanceToBox(position, node + 1) <= this.#distanceToBox(position, second);
        visit(isFirstNearer ? node + 1 : second);
        visit(isFirstNearer ? second : node + 1);
        return;
      }
      for (let at = this.#begins[node]; at < this.#ends[node]; at++) {
        const point = this.#order[at];
        if (point !== except) insert(points, distances, count, point, this.#distanceToPoint(position, at));
      }
    };
    if (count > 0 && this.#order.length > 0) visit(0);
    return points;
  }

  #build(begin: number, end: number): number {
    const node = this.#begins.length;
    this.#begins.push(begin);
    this.#ends.push(end);
    this.#seconds.push(0);
    const axis = this.#pushBox(begin, end);
    if (end - begin > LEAF_POINTS) {
      const middle = (begin + end) >> 1;
      this.#select(begin, end, middle, axis);
      this.#build(begin, middle);
      this.#seconds[node] = this.#build(middle, end);
    }
    return node;
  }

  /** Records the bounding box of a range of points and returns its longest axis. */
  #pushBox(begin: number, end: number): number {
    let longest = 0;
    let length = -1;
    for (let axis = 0; axis < this.#dimension; axis++) {
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let at = begin; at < end; at++) {
        const value = this.#coordinates[at * this.#dimension + axis];
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      this.#boxes.push(low, high);
      if (high - low > length) {
        length = high - low;
        longest = axis;
      }
    }
    return longest;
  }

  /** Moves the points of a range so that none before `middle` has a larger coordinate than any from there on (Hoare's quickselect). */
  #select(begin: number, end: number, middle: number, axis: number): void {
    const value = (at: number) => this.#coordinates[at * this.#dimension + axis];
    let low = begin;
    let high = end - 1;
    while (low < high) {
      const pivot = value((low + high) >> 1);
      let i = low;
      let j = high;
      while (i <= j) {
        while (value(i) < pivot) i++;
        while (value(j) > pivot) j--;
        if (i <= j) this.#swap(i++, j--);
      }
      if (middle <= j) high = j;
      else if (middle >= i) low = i;
      else return;
    }
  }

  #swap(a: number, b: number): void {
    const point = this.#order[a];
    this.#order[a] = this.#order[b];
    this.#order[b] = point;
    for (let axis = 0; axis < this.#dimension; axis++) {
      const [i, j] = [a * this.#dimension + axis, b * this.#dimension + axis];
      const value = this.#coordinates[i];
      this.#coordinates[i] = this.#coordinates[j];
      this.#coordinates[j] = value;
    }
  }

  /** Squared distance to the point at a place of the order; to its nearest image where periodic. */
  #distanceToPoint(position: ArrayLike<number>, at: number): number {
    let sum = 0;
    const first = at * this.#dimension;
    for (let axis = 0; axis < this.#dimension; axis++) {
      let difference = this.#coordinates[first + axis] - position[axis];
      if (this.#isPeriodic) difference = nearestImage(difference, this.#periods[axis]);
      sum += difference * difference;
    }
    return sum;
  }

  /** Squared distance to the box of a node, or to its nearest image. */
  #distanceToBox(position: ArrayLike<number>, node: number): number {
    let sum = 0;
    for (let axis = 0; axis < this.#dimension; axis++) {
      const low = this.#boxes[2 * (node * this.#dimension + axis)];
      const high = this.#boxes[2 * (node * this.#dimension + axis) + 1];
      const value = position[axis];
      let distance = Math.max(low - value, value - high, 0);
      if (this.#isPeriodic) {
        const period = this.#periods[axis];
        const inside = wrapped(value, period);
        distance = Math.max(low - inside, inside - high, 0);
        // Beyond either end begins the next image.
        distance = Math.min(distance, Math.max(0, low + period - inside), Math.max(0, inside + period - high));
      }
      sum += distance * distance;
    }
    return sum;
  }
}

/** Inserts a point into the list of the nearest, if it belongs there. */
function insert(points: number[], distances: number[], count: number, point: number, distance: number): void {
  const isAfter = (slot: number) =>
    distances[slot] > distance || (distances[slot] === distance && points[slot] > point);
  if (points.length === count) {
    if (!isAfter(count - 1)) return;
    points.pop();
    distances.pop();
  }
  let slot = points.length;
  while (slot > 0 && isAfter(slot - 1)) slot--;
  points.splice(slot, 0, point);
  distances.splice(slot, 0, distance);
}

/** A coordinate moved by whole periods to [0, period]. */
function wrapped(value: number, period: number): number {
  return Number.isFinite(period) ? value - period * Math.floor(value / period) : value;
}

/** The shortest of a difference and its images. */
function nearestImage(difference: number, period: number): number {
  return Number.isFinite(period) ? difference - period * Math.round(difference / period) : difference;
}
