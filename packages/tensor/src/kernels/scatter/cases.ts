import { componentsPerElement, DTYPES, type DType } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { ScatterOptions } from "./geometry.ts";

interface Layout {
  /** Of the result. */
  readonly shape: Shape;
  readonly axis: number;
  /** Of the indices; when along, of the updates as well. */
  readonly indexShape: Shape;
  readonly along?: boolean;
  readonly dtypes?: readonly DType[];
}

/** Blocks of every width; single elements; an axis before, between and behind others; zero sizes; more than one thread, workgroup or block takes; many updates for each place. */
const LAYOUTS: readonly Layout[] = [
  { shape: [5, 3], axis: 0, indexShape: [7], dtypes: DTYPES },
  { shape: [5, 16], axis: 0, indexShape: [3], dtypes: DTYPES },
  { shape: [2, 5], axis: 1, indexShape: [9], dtypes: DTYPES },
  { shape: [2, 4, 3], axis: 1, indexShape: [2, 3] },
  { shape: [6, 2], axis: 0, indexShape: [] },
  { shape: [3, 2], axis: 0, indexShape: [0] },
  { shape: [2, 0], axis: 1, indexShape: [0] },
  { shape: [3, 0], axis: 0, indexShape: [2] },
  { shape: [50, 130], axis: 0, indexShape: [600] },
  { shape: [3, 2000], axis: 1, indexShape: [3000] },
  { shape: [2, 3], axis: 0, indexShape: [5000] },
  { shape: [3, 4], axis: 1, indexShape: [3, 6], along: true, dtypes: DTYPES },
  { shape: [4, 3], axis: 0, indexShape: [6, 3], along: true, dtypes: DTYPES },
  { shape: [2, 3, 5], axis: 1, indexShape: [2, 4, 5], along: true },
  { shape: [2, 3], axis: 1, indexShape: [2, 0], along: true },
  { shape: [2, 0], axis: 1, indexShape: [2, 0], along: true },
  { shape: [40, 33], axis: 0, indexShape: [70, 33], along: true },
];

export function scatterCases(): readonly KernelCase<ScatterOptions>[] {
  return [...LAYOUTS.flatMap(layoutCases), ...specialCases()];
}

function layoutCases(layout: Layout): KernelCase<ScatterOptions>[] {
  const { shape, axis, indexShape, along = false, dtypes = ["float32", "int32"] } = layout;
  const updateShape = along ? indexShape : [...shape.slice(0, axis), ...indexShape, ...shape.slice(axis + 1)];
  const extent = shape[axis];
  // From one before the first to one beyond the last.
  const indices = disordered("int32", indexShape, (disorder) => (disorder % (extent + 2)) - 1);
  return (["add", "set"] as const).flatMap((mode) =>
    dtypes
      .filter((dtype) => mode === "set" || dtype !== "bool")
      .flatMap((dtype) => {
        const updates = filled(dtype, updateShape);
        const name = `${mode} ${dtype} [${updateShape}] to [${shape}] by [${indexShape}]${along ? " along" : ""} axis ${axis}`;
        const options = { axis, mode, along };
        return [
          { name, inputs: [updates, indices, filled(dtype, shape)], options },
          { name: `${name}, zeros`, inputs: [updates, indices], options: { ...options, extent } },
        ];
      }),
  );
}

function specialCases(): KernelCase<ScatterOptions>[] {
  const by = (data: readonly number[]) => referenceArray("int32", [data.length], data);
  const infinity = Number.POSITIVE_INFINITY;
  const special = referenceArray("float32", [6], [Number.NaN, infinity, -infinity, infinity, -0, 1]);
  const x = referenceArray("float32", [5], [1, 2, infinity, Number.NaN, 5]);
  const ascending = disordered("int32", [300], (_, index) => Math.floor(index / 7));
  return (["add", "set"] as const).flatMap((mode) => {
    const options = { axis: 0, mode, along: false };
    return [
      { name: `${mode} special values`, inputs: [special, by([0, 1, 1, 2, 4, 4]), x], options },
      {
        name: `${mode} at the ends of int32`,
        inputs: [special, by([-(2 ** 31), 2 ** 31 - 1, -1, 5, 2, 2]), x],
        options,
      },
      {
        name: `${mode} in ascending order`,
        inputs: [filled("float32", [300, 4]), ascending],
        options: { ...options, extent: 50, sorted: true },
      },
    ];
  });
}

/** Values in a fixed disorder: floats of a few units, not exact in binary. */
function filled(dtype: DType, shape: Shape): ReferenceArray {
  return disordered(dtype, shape, (disorder) => {
    if (dtype === "bool") return disorder % 2;
    if (dtype === "uint32") return disorder * 4_000_037;
    return dtype === "int32" ? disorder * 4_000_037 - 2_000_000_000 : Math.fround((disorder - 506) / 300);
  });
}

function disordered(dtype: DType, shape: Shape, value: (disorder: number, index: number) => number): ReferenceArray {
  const length = sizeOf(shape) * componentsPerElement(dtype);
  return referenceArray(
    dtype,
    shape,
    Array.from({ length }, (_, index) => value((index * 7919) % 1013, index)),
  );
}

export function randomScatterCase(random: CaseRandom): KernelCase<ScatterOptions> {
  const mode = random.pick(["add", "set"] as const);
  const along = random.integer(0, 1) === 1;
  const dtype = random.pick(DTYPES.filter((each) => mode === "set" || each !== "bool"));
  const shape = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, 6));
  const axis = random.integer(0, shape.length - 1);
  const indexShape = along
    ? shape.with(axis, random.integer(0, 9))
    : Array.from({ length: random.integer(0, 2) }, () => random.integer(0, 7));
  const updateShape = along ? indexShape : [...shape.slice(0, axis), ...indexShape, ...shape.slice(axis + 1)];
  const indices = random.array(indexShape, "int32", { below: shape[axis] + 4 });
  const shifted = Array.from(indices.data, (index) => index - 2);
  return {
    name: `${mode} ${dtype} [${updateShape}] to [${shape}]${along ? " along" : ""} axis ${axis}`,
    inputs: [
      random.array(updateShape, dtype),
      referenceArray("int32", indexShape, shifted),
      random.array(shape, dtype),
    ],
    options: { axis, mode, along },
  };
}
