/** A spanning tree of rows and columns (numbered after the rows). */
export interface TransportTree {
  /** −1 at the root. */
  readonly parents: Int32Array<ArrayBuffer>;
  /** Flow on the arc between a node and its parent; 0 at the root. */
  readonly flows: Float64Array<ArrayBuffer>;
}

interface Arc {
  readonly row: number;
  readonly column: number;
  readonly flow: number;
}

/**
 * A feasible tree to start the simplex method from: rows take turns in using their cheapest column that still has room (the modified row minimum rule).
 *
 * Every row counts as heavier by an infinitesimal mass, which the root, the last column, takes in: no two masses are then alike, the arcs form a tree, and its arcs
 * without flow point to the root as the simplex method asks.
 *
 * @param rowMasses whole numbers, as are `columnMasses`, with the same sum.
 */
export function startingTree(costs: Float64Array, rowMasses: Float64Array, columnMasses: Float64Array): TransportTree {
  return rooted(modifiedRowMinimum(costs, rowMasses, columnMasses), rowMasses.length, columnMasses.length);
}

function modifiedRowMinimum(costs: Float64Array, rowMasses: Float64Array, columnMasses: Float64Array): Arc[] {
  const [rows, columns] = [rowMasses.length, columnMasses.length];
  const supply = Float64Array.from(rowMasses);
  const demand = Float64Array.from(columnMasses);
  const supplyParts = new Int32Array(rows).fill(1);
  const demandParts = new Int32Array(columns);
  demandParts[columns - 1] = rows;
  const openColumns = Int32Array.from({ length: columns }, (_, column) => column);
  let openCount = columns;
  let waiting = Array.from({ length: rows }, (_, row) => row);
  const arcs: Arc[] = [];
  while (waiting.length > 0) {
    const left: number[] = [];
    for (const row of waiting) {
      if (openCount === 0) break;
      const place = cheapest(costs, row * columns, openColumns, openCount);
      const column = openColumns[place];
      const excess = supply[row] - demand[column];
      const rowFits = excess < 0 || (excess === 0 && supplyParts[row] <= demandParts[column]);
      arcs.push({ row, column, flow: rowFits ? supply[row] : demand[column] });
      if (rowFits) {
        demand[column] -= supply[row];
        demandParts[column] -= supplyParts[row];
      } else {
        supply[row] = excess;
        supplyParts[row] -= demandParts[column];
        left.push(row);
        openColumns[place] = openColumns[--openCount];
      }
    }
    waiting = left;
  }
  return arcs;
}

function cheapest(costs: Float64Array, offset: number, candidates: Int32Array, count: number): number {
  let best = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (let place = 0; place < count; place++) {
    const cost = costs[offset + candidates[place]];
    if (cost < smallest) {
      smallest = cost;
      best = place;
    }
  }
  return best;
}

/** The tree of these arcs with the last column as its root. */
function rooted(arcs: readonly Arc[], rows: number, columns: number): TransportTree {
  const neighbours: { readonly node: number; readonly flow: number }[][] = Array.from(
    { length: rows + columns },
    () => [],
  );
  for (const { row, column, flow } of arcs) {
    neighbours[row].push({ node: rows + column, flow });
    neighbours[rows + column].push({ node: row, flow });
  }
  const root = rows + columns - 1;
  const parents = new Int32Array(rows + columns).fill(-1);
  const flows = new Float64Array(rows + columns);
  const reached = [root];
  for (const node of reached)
    for (const { node: other, flow } of neighbours[node]) {
      if (other === parents[node]) continue;
      parents[other] = node;
      flows[other] = flow;
      reached.push(other);
    }
  return { parents, flows };
}
