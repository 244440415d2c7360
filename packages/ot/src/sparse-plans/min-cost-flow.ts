/** Who may send mass to whom, and at what cost ≥ 0. Sorted by column. */
export interface FlowArcs {
  /** Arcs `offsets[j]` to `offsets[j + 1]` end in column j. */
  readonly offsets: Int32Array;
  readonly rows: Int32Array;
  readonly costs: Float64Array;
  /** Most flow; may be infinite. */
  readonly capacities: Float64Array;
}

/** Mass below this share of the total is rounding. */
const NEGLIGIBLE = 1e-14;

/**
 * A flow of least cost from rows to columns along given arcs, by successive shortest paths (Ahuja, Magnanti, Orlin, "Network Flows" (1993), section 9.7): as much of the supply as can reach
 * a demand does. Supplies and demands are real numbers with the same sum.
 */
export function minimumCostFlow(
  supplies: Float64Array,
  demands: Float64Array,
  arcs: FlowArcs,
): { readonly flows: Float64Array<ArrayBuffer>; readonly unrouted: number } {
  const [m, n] = [supplies.length, demands.length];
  const supply = Float64Array.from(supplies);
  const demand = Float64Array.from(demands);
  const least = NEGLIGIBLE * supply.reduce((total, mass) => total + mass, 0);
  const flows = new Float64Array(arcs.rows.length);
  const outgoing = arcsByRow(arcs, m);
  const arcColumn = new Int32Array(arcs.rows.length);
  for (let column = 0; column < n; column++) arcColumn.fill(column, arcs.offsets[column], arcs.offsets[column + 1]);
  // Rows, then columns.
  const potential = new Float64Array(m + n);
  const distance = new Float64Array(m + n);
  const arrival = new Int32Array(m + n);
  const isSettled = new Uint8Array(m + n);
  for (;;) {
    const target = shortestPath();
    if (target === undefined) break;
    augment(target);
  }
  return { flows, unrouted: demand.reduce((total, mass) => total + (mass > least ? mass : 0), 0) };

  /** Dijkstra's method from all rows with supply left. Returns the nearest column with demand left. */
  function shortestPath(): number | undefined {
    distance.fill(Number.POSITIVE_INFINITY);
    arrival.fill(-1);
    isSettled.fill(0);
    const queue = new DistanceQueue(distance);
    for (let row = 0; row < m; row++)
      if (supply[row] > least) {
        distance[row] = 0;
        queue.push(row);
      }
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      if (isSettled[node]) continue;
      isSettled[node] = 1;
      if (node >= m && demand[node - m] > least) {
        // Reduced costs stay ≥ 0 when no potential rises by more than the target's.
        for (let other = 0; other < m + n; other++) potential[other] += Math.min(distance[other], distance[node]);
        return node - m;
      }
      if (node < m) {
        for (let k = outgoing.offsets[node]; k < outgoing.offsets[node + 1]; k++) {
          const arc = outgoing.arcs[k];
          if (arcs.capacities[arc] - flows[arc] > least) relax(queue, node, m + arcColumn[arc], arcs.costs[arc], arc);
        }
      } else
        for (let arc = arcs.offsets[node - m]; arc < arcs.offsets[node - m + 1]; arc++)
          if (flows[arc] > 0) relax(queue, node, arcs.rows[arc], -arcs.costs[arc], arc);
    }
    return undefined;
  }

  function relax(queue: DistanceQueue, from: number, to: number, cost: number, arc: number): void {
    if (isSettled[to]) return;
    const reached = distance[from] + Math.max(0, cost + potential[from] - potential[to]);
    if (!(reached < distance[to])) return;
    distance[to] = reached;
    arrival[to] = arc;
    queue.push(to);
  }

  function augment(target: number): void {
    const path: number[] = [];
    let amount = demand[target];
    let row = -1;
    for (let column = target; ; ) {
      const arc = arrival[m + column];
      path.push(arc);
      amount = Math.min(amount, arcs.capacities[arc] - flows[arc]);
      row = arcs.rows[arc];
      const back = arrival[row];
      if (back < 0) break;
      amount = Math.min(amount, flows[back]);
      path.push(back);
      column = arcColumn[back];
    }
    amount = Math.min(amount, supply[row]);
    for (const [position, arc] of path.entries()) {
      flows[arc] += position % 2 === 0 ? amount : -amount;
      if (flows[arc] <= least) flows[arc] = 0;
    }
    supply[row] -= amount;
    demand[target] -= amount;
  }
}

function arcsByRow({ rows }: FlowArcs, m: number): { readonly offsets: Int32Array; readonly arcs: Int32Array } {
  const offsets = new Int32Array(m + 1);
  for (const row of rows) offsets[row + 1]++;
  for (let row = 0; row < m; row++) offsets[row + 1] += offsets[row];
  const next = offsets.slice();
  const arcs = new Int32Array(rows.length);
  for (const [arc, row] of rows.entries()) arcs[next[row]++] = arc;
  return { offsets, arcs };
}

/** A binary heap of nodes by the distance they had when pushed; what has become nearer is pushed again. */
class DistanceQueue {
  readonly #distance: Float64Array;
  readonly #nodes: number[] = [];
  readonly #keys: number[] = [];

  constructor(distance: Float64Array) {
    this.#distance = distance;
  }

  push(node: number): void {
    const key = this.#distance[node];
    let position = this.#nodes.length;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (this.#keys[parent] <= key) break;
      this.#nodes[position] = this.#nodes[parent];
      this.#keys[position] = this.#keys[parent];
      position = parent;
    }
    this.#nodes[position] = node;
    this.#keys[position] = key;
  }

  pop(): number | undefined {
    const first = this.#nodes[0];
    const node = this.#nodes.pop();
    const key = this.#keys.pop();
    if (node === undefined || key === undefined || this.#nodes.length === 0) return first;
    let position = 0;
    for (;;) {
      let next = 2 * position + 1;
      if (next >= this.#nodes.length) break;
      if (next + 1 < this.#nodes.length && this.#keys[next + 1] < this.#keys[next]) next++;
      if (key <= this.#keys[next]) break;
      this.#nodes[position] = this.#nodes[next];
      this.#keys[position] = this.#keys[next];
      position = next;
    }
    this.#nodes[position] = node;
    this.#keys[position] = key;
    return first;
  }
}
