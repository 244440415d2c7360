/** Nodes of the tree are numbered rows first, then columns; arcs lead from rows to columns, so that a row's arc to its parent points up and a column's down. */

const NONE = -1;

/** Reduced costs above this share of the largest cost in the tree, negated, are rounding errors of sums along its paths. */
const TOLERANCE: f64 = 1.4210854715202004e-14;

// @ts-ignore: decorator
@inline
function node(array: usize, index: i32): i32 {
  return load<i32>(array + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function setNode(array: usize, index: i32, value: i32): void {
  store<i32>(array + (<usize>index << 2), value);
}

// @ts-ignore: decorator
@inline
function number(array: usize, index: i32): f64 {
  return load<f64>(array + (<usize>index << 3));
}

// @ts-ignore: decorator
@inline
function setNumber(array: usize, index: i32, value: f64): void {
  store<f64>(array + (<usize>index << 3), value);
}

function attach(child: i32, parent: i32, first: usize, next: usize, previous: usize): void {
  const head = node(first, parent);
  setNode(next, child, head);
  setNode(previous, child, NONE);
  if (head != NONE) setNode(previous, head, child);
  setNode(first, parent, child);
}

function detach(child: i32, parent: i32, first: usize, next: usize, previous: usize): void {
  const after = node(next, child);
  const before = node(previous, child);
  if (before == NONE) setNode(first, parent, after);
  else setNode(next, before, after);
  if (after != NONE) setNode(previous, after, before);
}

/** The node after `x` in a walk through the subtree of `top`, or NONE. */
// @ts-ignore: decorator
@inline
function following(x: i32, top: i32, parents: usize, first: usize, next: usize): i32 {
  const child = node(first, x);
  if (child != NONE) return child;
  while (x != top) {
    const sibling = node(next, x);
    if (sibling != NONE) return sibling;
    x = node(parents, x);
  }
  return NONE;
}

/** min over columns of C − y in one row. */
// @ts-ignore: decorator
@inline
function rowMinimum(costs: usize, y: usize, columns: i32): f64 {
  let even = f64x2.splat(Infinity);
  let odd = even;
  let offset: usize = 0;
  const pairs = <usize>(columns & ~3) << 3;
  for (; offset < pairs; offset += 32) {
    even = f64x2.pmin(even, f64x2.sub(v128.load(costs + offset), v128.load(y + offset)));
    odd = f64x2.pmin(odd, f64x2.sub(v128.load(costs + offset, 16), v128.load(y + offset, 16)));
  }
  even = f64x2.pmin(even, odd);
  let smallest = min<f64>(f64x2.extract_lane(even, 0), f64x2.extract_lane(even, 1));
  const end = <usize>columns << 3;
  for (; offset < end; offset += 8) smallest = min<f64>(smallest, load<f64>(costs + offset) - load<f64>(y + offset));
  return smallest;
}

/** First column where C − y is `value`. */
function columnOf(value: f64, costs: usize, y: usize, columns: i32): i32 {
  for (let column = 0; column < columns; column++) if (number(costs, column) - number(y, column) == value) return column;
  return NONE;
}

/** `parents`, `flows` are changed in place; `scratch` is room for four i32 per node. */
export function network_simplex(
  cost: usize, parents: usize, flows: usize, potentials: usize, statistics: usize, scratch: usize,
  rows: i32, columns: i32, maximumPivots: i32, firstRow: i32, blockRows: i32,
): void {
  const nodes = rows + columns;
  const first = scratch;
  const next = first + (<usize>nodes << 2);
  const previous = next + (<usize>nodes << 2);
  const depths = previous + (<usize>nodes << 2);
  const y = potentials + (<usize>rows << 3);
  let root = NONE;
  for (let x = 0; x < nodes; x++) setNode(first, x, NONE);
  for (let x = nodes - 1; x >= 0; x--) {
    const parent = node(parents, x);
    if (parent == NONE) root = x;
    else attach(x, parent, first, next, previous);
  }

  setNode(depths, root, 0);
  setNumber(potentials, root, 0);
  let largestCost: f64 = 0;
  for (let x = following(root, root, parents, first, next); x != NONE; x = following(x, root, parents, first, next)) {
    const parent = node(parents, x);
    const row = min(x, parent);
    const c = load<f64>(cost + ((<usize>row * <usize>columns + <usize>(max(x, parent) - rows)) << 3));
    setNumber(potentials, x, c - number(potentials, parent));
    setNode(depths, x, node(depths, parent) + 1);
    largestCost = max<f64>(largestCost, Math.abs(c));
  }
  const threshold = -TOLERANCE * largestCost;

  let violation: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const smallest = rowMinimum(cost + ((<usize>row * <usize>columns) << 3), y, columns) - number(potentials, row);
    violation = min<f64>(violation, smallest);
  }

  let pivots = 0;
  let position = firstRow;
  while (pivots < maximumPivots) {
    let best = threshold;
    let bestValue: f64 = 0;
    let enteringRow = NONE;
    for (let scanned = 0; scanned < rows && enteringRow == NONE; ) {
      const blockEnd = min(rows, scanned + blockRows);
      for (; scanned < blockEnd; scanned++) {
        const smallest = rowMinimum(cost + ((<usize>position * <usize>columns) << 3), y, columns);
        const reduced = smallest - number(potentials, position);
        if (reduced < best) {
          best = reduced;
          bestValue = smallest;
          enteringRow = position;
        }
        position++;
        if (position == rows) position = 0;
      }
    }
    if (enteringRow == NONE) break;
    const enteringColumn = rows + columnOf(bestValue, cost + ((<usize>enteringRow * <usize>columns) << 3), y, columns);

    let a = enteringRow;
    let b = enteringColumn;
    while (a != b) {
      const depth = node(depths, a) - node(depths, b);
      if (depth >= 0) a = node(parents, a);
      if (depth <= 0) b = node(parents, b);
    }
    const join = a;

    // Flow goes from the row to the column, up to where their paths meet, and down to the row. The last arc that it empties leaves, seen from the meeting point in the
    // direction of the flow: then arcs without flow point up and pivots that move no flow cannot cycle.
    let amount: f64 = Infinity;
    let leaving = NONE;
    let inner = NONE;
    for (let x = enteringRow; x != join; x = node(parents, x))
      if (x < rows && number(flows, x) < amount) {
        amount = number(flows, x);
        leaving = x;
        inner = enteringRow;
      }
    for (let x = enteringColumn; x != join; x = node(parents, x))
      if (x >= rows && number(flows, x) <= amount) {
        amount = number(flows, x);
        leaving = x;
        inner = enteringColumn;
      }
    if (amount > 0) {
      for (let x = enteringRow; x != join; x = node(parents, x))
        setNumber(flows, x, number(flows, x) + (x < rows ? -amount : amount));
      for (let x = enteringColumn; x != join; x = node(parents, x))
        setNumber(flows, x, number(flows, x) + (x < rows ? amount : -amount));
    }

    let x = inner;
    let parent = inner == enteringRow ? enteringColumn : enteringRow;
    let flow = amount;
    while (true) {
      const oldParent = node(parents, x);
      const oldFlow = number(flows, x);
      detach(x, oldParent, first, next, previous);
      attach(x, parent, first, next, previous);
      setNode(parents, x, parent);
      setNumber(flows, x, flow);
      if (x == leaving) break;
      parent = x;
      flow = oldFlow;
      x = oldParent;
    }

    const rowShift = inner == enteringRow ? best : -best;
    for (x = inner; x != NONE; x = following(x, inner, parents, first, next)) {
      setNode(depths, x, node(depths, node(parents, x)) + 1);
      setNumber(potentials, x, number(potentials, x) + (x < rows ? rowShift : -rowShift));
    }
    pivots++;
  }
  setNumber(statistics, 0, max<f64>(0, -violation));
  setNumber(statistics, 1, pivots);
  setNumber(statistics, 2, position);
}
