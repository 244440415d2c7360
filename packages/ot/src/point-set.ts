import { InvalidInputError, Tensor } from "@ansatz/tensor";

/** Points of one dimension each count as many: a tensor `[count, dimension]`, `{ data, shape }`, or an array of points. */
export type PointSet =
  | Tensor
  | { readonly data: Float64Array<ArrayBuffer> | Float32Array; readonly shape: readonly number[] }
  | readonly (readonly number[])[];

/** Points that have been checked, row-major. */
export interface HostPoints {
  readonly data: Float64Array<ArrayBuffer>;
  readonly count: number;
  readonly dimension: number;
}

/** Points as they are given back: row-major `[count, dimension]`. */
export interface PointArray {
  readonly data: Float64Array<ArrayBuffer>;
  readonly shape: readonly [count: number, dimension: number];
}

/**
 * Checks points and brings them to the host.
 * @throws InvalidInputError naming the argument, and the index of a number that is not finite; unless there is at least one point, of at least one coordinate.
 */
export async function hostPoints(argument: string, points: PointSet, dimension?: number): Promise<HostPoints> {
  const checked = points instanceof Tensor ? await tensorPoints(argument, points) : arrayPoints(argument, points);
  if (dimension !== undefined && checked.dimension !== dimension)
    throw new InvalidInputError(argument, `points of dimension ${dimension}`, `dimension ${checked.dimension}`);
  const wrong = checked.data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const place = `${argument}[${Math.floor(wrong / checked.dimension)}][${wrong % checked.dimension}]`;
    throw new InvalidInputError(place, "a finite number", checked.data[wrong]);
  }
  return checked;
}

async function tensorPoints(argument: string, tensor: Tensor): Promise<HostPoints> {
  if (tensor.dtype !== "float32" && tensor.dtype !== "float64")
    throw new InvalidInputError(argument, "float32 or float64", tensor.dtype);
  return fromData(argument, (await tensor.data()) as Float64Array, tensor.shape);
}

function arrayPoints(argument: string, points: Exclude<PointSet, Tensor>): HostPoints {
  if ("data" in (points ?? {})) {
    const { data, shape } = points as Exclude<typeof points, readonly (readonly number[])[]>;
    return fromData(argument, data, shape);
  }
  if (!Array.isArray(points))
    throw new InvalidInputError(
      argument,
      "a tensor, { data, shape: [count, dimension] } or an array of points",
      points,
    );
  const rows = points as readonly (readonly number[])[];
  const dimension = rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row?.length !== dimension);
  if (odd >= 0)
    throw new InvalidInputError(
      `${argument}[${odd}]`,
      `${dimension} numbers, as in the first point`,
      rows[odd]?.length,
    );
  return fromData(argument, Float64Array.from(rows.flat()), [rows.length, dimension]);
}

function fromData(argument: string, data: ArrayLike<number>, shape: readonly number[]): HostPoints {
  const isArray = data instanceof Float64Array || data instanceof Float32Array;
  if (!isArray || shape?.length !== 2 || shape[0] < 1 || shape[1] < 1)
    throw new InvalidInputError(
      argument,
      "at least one point of at least one coordinate, [count, dimension]",
      `shape [${shape}]`,
    );
  if (shape[0] * shape[1] !== data.length)
    throw new InvalidInputError(argument, `${shape[0] * shape[1]} numbers for shape [${shape}]`, data.length);
  return { data: Float64Array.from(data), count: shape[0], dimension: shape[1] };
}
