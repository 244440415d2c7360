import { InvalidInputError } from "@ansatz/tensor";
import type { CsrMatrix } from "../csr-matrix.ts";

/** No node. */
const NONE = -1;

/** Nodes with more neighbours than this times √n are eliminated last: they would make every list long. */
const DENSE_FACTOR = 10;

/**
 * An order of elimination that keeps the factors of a symmetric matrix sparse: the next node is one with approximately the fewest neighbours left.
 *
 * The pattern of A + Aᵀ counts, values do not. Choose it for matrices of any origin; for large regular grids in three dimensions nested dissection would be better.
 *
 * Source: Amestoy, Davis, Duff, "An approximate minimum degree ordering algorithm" (1996).
 *
 * @returns which row of A comes k-th.
 * @throws InvalidInputError unless A is square.
 */
export function minimumDegreeOrder(a: CsrMatrix): Int32Array<ArrayBuffer> {
  if (a.shape[0] !== a.shape[1])
    throw new InvalidInputError("minimumDegreeOrder: a", "a square matrix", `[${a.shape}]`);
  return new QuotientGraph(a).eliminate();
}

/**
 * The graph that is left during elimination. An eliminated node becomes an element, the clique of its neighbours, of which only the list of members is kept. A node's list has its elements first, then
 * the nodes it still has an edge of A with. Nodes that cannot be told apart are merged into one that counts for several.
 */
class QuotientGraph {
  readonly #size: number;
  /** All lists, one after the other; new ones are appended. */
  #lists: Int32Array;
  #end: number;
  readonly #start: Int32Array;
  readonly #length: Int32Array;
  /** How many of a node's list are elements. */
  readonly #elements: Int32Array;
  /** How many nodes each stands for: 0 if it was merged into another or is an element no more; negative while it is in the element being made. */
  readonly #weight: Int32Array;
  /** Of a node: bound of the nodes it has an edge with. Of an element: how many nodes are in it. */
  readonly #degree: Int32Array;
  readonly #isElement: Uint8Array;
  /** Marks less than the current one count as unmarked; 0: an element that others have absorbed. Doubles, because marks grow without bound. */
  readonly #marks: Float64Array;
  #mark = 1;
  /** The most nodes that an element has had. */
  #largest = 0;
  /** Which node or element this one was merged into. */
  readonly #mergedInto: Int32Array;
  // Nodes by degree, as doubly linked lists.
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #smallest = 0;
  /** Nodes eliminated, merged ones included. */
  #eliminated = 0;

  constructor(a: CsrMatrix) {
    const n = a.shape[0];
    this.#size = n;
    const { pointers, neighbours } = symmetricPattern(a);
    this.#start = pointers.slice(0, n);
    this.#length = Int32Array.from({ length: n }, (_, k) => pointers[k + 1] - pointers[k]);
    this.#lists = new Int32Array(neighbours.length + (neighbours.length >> 1) + n);
    this.#lists.set(neighbours);
    this.#end = neighbours.length;
    this.#elements = new Int32Array(n);
    this.#weight = new Int32Array(n).fill(1);
    this.#degree = this.#length.slice();
    this.#isElement = new Uint8Array(n);
    this.#marks = new Float64Array(n).fill(1);
    this.#mergedInto = new Int32Array(n).fill(NONE);
    this.#first = new Int32Array(n + 1).fill(NONE);
    this.#next = new Int32Array(n).fill(NONE);
    this.#previous = new Int32Array(n).fill(NONE);
  }

  eliminate(): Int32Array<ArrayBuffer> {
    const n = this.#size;
    const pivots: number[] = [];
    const dense = this.#enqueueAll();
    while (this.#eliminated < n) {
      const pivot = this.#takeSmallest();
      pivots.push(pivot);
      this.#eliminatePivot(pivot);
    }
    return this.#orderOf([...pivots, ...dense]);
  }

  /** Puts every node into the list of its degree. Returns those with too many neighbours, which are left out of the graph. */
  #enqueueAll(): number[] {
    const n = this.#size;
    const limit = Math.max(16, DENSE_FACTOR * Math.sqrt(n));
    const dense: number[] = [];
    for (let node = n - 1; node >= 0; node--) {
      if (this.#degree[node] > limit) {
        dense.push(node);
        this.#weight[node] = 0;
        this.#eliminated++;
      } else this.#enqueue(node);
    }
    return dense.sort((a, b) => this.#length[a] - this.#length[b]);
  }

  #enqueue(node: number): void {
    const degree = this.#degree[node];
    const head = this.#first[degree];
    this.#next[node] = head;
    this.#previous[node] = NONE;
    if (head !== NONE) this.#previous[head] = node;
    this.#first[degree] = node;
    if (degree < this.#smallest) this.#smallest = degree;
  }

  #dequeue(node: number): void {
    const [previous, next] = [this.#previous[node], this.#next[node]];
    if (previous === NONE) this.#first[this.#degree[node]] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
  }

  #takeSmallest(): number {
    while (this.#first[this.#smallest] === NONE) this.#smallest++;
    const node = this.#first[this.#smallest];
    this.#dequeue(node);
    return node;
  }

  #eliminatePivot(pivot: number): void {
    this.#eliminated += this.#weight[pivot];
    this.#formElement(pivot);
    this.#measureOtherElements(pivot);
    const buckets = this.#updateMembers(pivot);
    this.#mergeIndistinguishable(buckets);
    this.#closeElement(pivot);
  }

  /** The pivot becomes an element, whose members are its neighbours and those of its elements, which it absorbs. Members leave the lists of degrees. */
  #formElement(pivot: number): void {
    const pivotWeight = this.#weight[pivot];
    const [start, length] = [this.#start[pivot], this.#length[pivot]];
    this.#weight[pivot] = -pivotWeight;
    const begin = this.#end;
    let degree = 0;
    for (let k = 0; k <= this.#elements[pivot]; k++) {
      // Last come the pivot's own edges.
      const isOwn = k === this.#elements[pivot];
      const element = isOwn ? pivot : this.#lists[start + k];
      const from = isOwn ? start + k : this.#start[element];
      const to = isOwn ? start + length : from + this.#length[element];
      this.#reserve(to - from);
      for (let at = from; at < to; at++) {
        const member = this.#lists[at];
        const weight = this.#weight[member];
        if (weight <= 0) continue;
        degree += weight;
        this.#weight[member] = -weight;
        this.#lists[this.#end++] = member;
        this.#dequeue(member);
      }
      if (!isOwn) this.#absorb(element, pivot);
    }
    this.#isElement[pivot] = 1;
    this.#start[pivot] = begin;
    this.#length[pivot] = this.#end - begin;
    this.#degree[pivot] = degree;
    this.#elements[pivot] = 0;
    this.#largest = Math.max(this.#largest, degree);
  }

  #absorb(element: number, into: number): void {
    this.#mergedInto[element] = into;
    this.#marks[element] = 0;
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#lists.length) return;
    const grown = new Int32Array(Math.max(2 * this.#lists.length, this.#end + count));
    grown.set(this.#lists);
    this.#lists = grown;
  }

  /** Leaves in the mark of every element that shares a member with the pivot how many of its nodes are outside of the pivot's, above the current mark. */
  #measureOtherElements(pivot: number): void {
    const begin = this.#start[pivot];
    for (let at = begin; at < begin + this.#length[pivot]; at++) {
      const member = this.#lists[at];
      const weight = -this.#weight[member];
      const from = this.#start[member];
      for (let k = from; k < from + this.#elements[member]; k++) {
        const element = this.#lists[k];
        const mark = this.#marks[element];
        if (mark >= this.#mark) this.#marks[element] = mark - weight;
        else if (mark !== 0) this.#marks[element] = this.#degree[element] + this.#mark - weight;
      }
    }
  }

  /** Shortens the members' lists, bounds their degrees, eliminates those that have no other neighbours, and sorts the rest by a hash of their lists. */
  #updateMembers(pivot: number): Map<number, number[]> {
    const buckets = new Map<number, number[]>();
    const begin = this.#start[pivot];
    for (let at = begin; at < begin + this.#length[pivot]; at++) {
      const member = this.#lists[at];
      const from = this.#start[member];
      let [to, degree, hash] = [from, 0, 0];
      for (let k = from; k < from + this.#elements[member]; k++) {
        const element = this.#lists[k];
        if (this.#marks[element] === 0) continue;
        const outside = this.#marks[element] - this.#mark;
        if (outside > 0) {
          degree += outside;
          hash += element;
          this.#lists[to++] = element;
        } else this.#absorb(element, pivot);
      }
      const elements = to - from + 1;
      const edges = to;
      for (let k = from + this.#elements[member]; k < from + this.#length[member]; k++) {
        const other = this.#lists[k];
        if (this.#weight[other] <= 0) continue;
        degree += this.#weight[other];
        hash += other;
        this.#lists[to++] = other;
      }
      if (degree === 0) {
        this.#eliminateWith(member, pivot);
        continue;
      }
      this.#degree[member] = Math.min(this.#degree[member], degree);
      // The pivot becomes the first element: there is room, since either an element of it or the edge to it is gone.
      this.#lists[to] = this.#lists[edges];
      this.#lists[edges] = this.#lists[from];
      this.#lists[from] = pivot;
      this.#elements[member] = elements;
      this.#length[member] = to - from + 1;
      const bucket = buckets.get(hash);
      if (bucket) bucket.push(member);
      else buckets.set(hash, [member]);
    }
    this.#mark += this.#largest + 1;
    return buckets;
  }

  /** A member that has no neighbours but those of the pivot can follow it at once. */
  #eliminateWith(member: number, pivot: number): void {
    const weight = -this.#weight[member];
    this.#degree[pivot] -= weight;
    this.#weight[pivot] -= weight;
    this.#eliminated += weight;
    this.#weight[member] = 0;
    this.#mergedInto[member] = pivot;
  }

  #mergeIndistinguishable(buckets: ReadonlyMap<number, readonly number[]>): void {
    for (const bucket of buckets.values())
      for (let i = 0; i + 1 < bucket.length; i++) {
        const node = bucket[i];
        if (this.#weight[node] === 0) continue;
        const mark = ++this.#mark;
        for (let k = 1; k < this.#length[node]; k++) this.#marks[this.#lists[this.#start[node] + k]] = mark;
        for (let j = i + 1; j < bucket.length; j++) {
          const other = bucket[j];
          if (this.#weight[other] === 0 || !this.#hasMarkedList(other, node, mark)) continue;
          this.#weight[node] += this.#weight[other];
          this.#weight[other] = 0;
          this.#mergedInto[other] = node;
        }
      }
    this.#mark++;
  }

  #hasMarkedList(other: number, node: number, mark: number): boolean {
    if (this.#length[other] !== this.#length[node] || this.#elements[other] !== this.#elements[node]) return false;
    for (let k = 1; k < this.#length[other]; k++)
      if (this.#marks[this.#lists[this.#start[other] + k]] !== mark) return false;
    return true;
  }

  /** Members return to the lists of degrees. */
  #closeElement(pivot: number): void {
    const pivotWeight = -this.#weight[pivot];
    const begin = this.#start[pivot];
    let to = begin;
    for (let at = begin; at < begin + this.#length[pivot]; at++) {
      const member = this.#lists[at];
      const weight = -this.#weight[member];
      if (weight <= 0) continue;
      this.#weight[member] = weight;
      const left = this.#size - this.#eliminated - weight;
      this.#degree[member] = Math.min(this.#degree[member] + this.#degree[pivot] - weight, left);
      this.#enqueue(member);
      this.#lists[to++] = member;
    }
    this.#end = to;
    this.#length[pivot] = to - begin;
    this.#weight[pivot] = pivotWeight;
    if (this.#length[pivot] === 0) this.#marks[pivot] = 0;
  }

  /** Pivots in the order of elimination, each followed by the nodes that were merged into it. */
  #orderOf(pivots: readonly number[]): Int32Array<ArrayBuffer> {
    const n = this.#size;
    const positions = new Int32Array(n).fill(NONE);
    for (const [position, pivot] of pivots.entries()) positions[pivot] = position;
    const followers: number[][] = pivots.map((pivot) => [pivot]);
    for (let node = 0; node < n; node++) {
      if (positions[node] !== NONE) continue;
      let pivot = node;
      while (positions[pivot] === NONE) pivot = this.#mergedInto[pivot];
      followers[positions[pivot]].push(node);
    }
    return Int32Array.from(followers.flat());
  }
}

/** Neighbours of every node in the graph of A + Aᵀ, itself left out. */
export function symmetricPattern(a: CsrMatrix): { pointers: Int32Array; neighbours: Int32Array } {
  const n = a.shape[0];
  const transposed = a.transpose();
  const pointers = new Int32Array(n + 1);
  const neighbours = new Int32Array(2 * a.entries);
  const seenAt = new Int32Array(n).fill(NONE);
  let end = 0;
  for (let row = 0; row < n; row++) {
    seenAt[row] = row;
    for (const { rowPointers, columnIndices } of [a, transposed])
      for (let k = rowPointers[row]; k < rowPointers[row + 1]; k++) {
        const column = columnIndices[k];
        if (seenAt[column] === row) continue;
        seenAt[column] = row;
        neighbours[end++] = column;
      }
    pointers[row + 1] = end;
  }
  return { pointers, neighbours: neighbours.subarray(0, end) };
}
