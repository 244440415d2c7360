import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { openDevice } from "../../device/open.ts";
import { type Kernel, type ReferenceArray, referenceArray, toHostArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { caseRandom } from "../../testing/index.ts";
import { argExtremumKernel } from "../arg-extremum/index.ts";
import { argsortKernel } from "../argsort/index.ts";
import { cumsumKernel } from "../cumsum/index.ts";
import { scatterKernel } from "../scatter/index.ts";
import { segmentMaxKernel } from "../segment-max/index.ts";
import { takeAlongAxisKernel } from "../take-along-axis/index.ts";
import { gatherKernel } from "./index.ts";

const EXAMPLES = 3;

const values = (seed: number, shape: Shape) => caseRandom(seed).array(shape, "float64");
/** From two before the first to two beyond the last of 4. */
const indices = (seed: number, shape: Shape) =>
  referenceArray(
    "int32",
    shape,
    caseRandom(seed)
      .array(shape, "int32", { below: 8 })
      .data.map((index) => index - 2),
  );

describe("many examples at once", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  /** Whether one call with the examples in front gives what a call for each gives, for all choices of inputs that differ between examples. */
  async function checkExamples<Options>(
    kernel: Kernel<Options>,
    options: Options,
    shapes: readonly ((seed: number, example: Shape) => ReferenceArray)[],
  ): Promise<void> {
    let checked = 0;
    for (let choice = 1; choice < 2 ** shapes.length; choice++) {
      const batched = shapes.map((_, index) => (choice & (1 << index)) !== 0);
      const arrays = shapes.map((make, index) => make(index, batched[index] ? [EXAMPLES] : []));
      const inputs = arrays.map((array) => device.tensor(toHostArray(array), array.shape));
      const results = kernel.batch!({ inputs, batched, count: EXAMPLES, options, run: kernel.run });
      if (!results) continue;
      checked++;
      const joint = [...(await results[0].data())];
      const single = [];
      for (let example = 0; example < EXAMPLES; example++) {
        const own = arrays.map((array, index) => (batched[index] ? exampleOf(array, example) : array));
        single.push(kernel.reference(own, options)[0]);
      }
      expect([...results[0].shape], `${kernel.name}: ${batched}`).toEqual([EXAMPLES, ...single[0].shape]);
      const expected = single.flatMap(({ data }) => [...data]);
      expect(joint.length).toBe(expected.length);
      for (const [index, value] of joint.entries()) expect(value).toBeCloseTo(expected[index], 10);
    }
    expect(checked).toBeGreaterThan(0);
  }

  const x = (shape: Shape) => (seed: number, example: Shape) => values(seed, [...example, ...shape]);
  const by = (shape: Shape) => (seed: number, example: Shape) => indices(seed, [...example, ...shape]);

  it("are gathered as one by one", async () => {
    for (const axis of [0, -2]) await checkExamples(gatherKernel, { axis }, [x([4, 2]), by([5])]);
    for (const axis of [1, -1]) await checkExamples(gatherKernel, { axis }, [x([2, 4]), by([2, 2])]);
  });

  it("are taken along an axis as one by one", async () => {
    await checkExamples(takeAlongAxisKernel, { axis: -1 }, [x([2, 4]), by([2, 5])]);
    await checkExamples(takeAlongAxisKernel, { axis: 0 }, [x([4, 2]), by([5, 2])]);
  });

  it("are scattered as one by one", async () => {
    for (const mode of ["add", "set"] as const) {
      const options = { axis: 0, mode, along: false, extent: 4 };
      await checkExamples(scatterKernel, options, [x([5, 2]), by([5])]);
      await checkExamples(scatterKernel, options, [x([5, 2]), by([5]), x([4, 2])]);
      await checkExamples(scatterKernel, { ...options, axis: 1 }, [x([2, 5]), by([5]), x([2, 4])]);
      await checkExamples(scatterKernel, { ...options, along: true }, [x([5, 2]), by([5, 2]), x([4, 2])]);
    }
  });

  it("are sorted, added up and searched as one by one", async () => {
    for (const axis of [0, -1]) {
      await checkExamples(argsortKernel, { axis, descending: true }, [x([4, 3])]);
      await checkExamples(cumsumKernel, { axis, reverse: true, exclusive: false }, [x([4, 3])]);
      await checkExamples(argExtremumKernel, { operation: "argmin" as const, axis, keepDimensions: false }, [
        x([4, 3]),
      ]);
    }
  });

  it("have their segments' maxima found as one by one", async () => {
    await checkExamples(segmentMaxKernel, { segments: 4, sorted: false }, [x([6, 2]), by([6])]);
  });
});

function exampleOf({ dtype, shape, data }: ReferenceArray, example: number): ReferenceArray {
  const own = shape.slice(1);
  const size = sizeOf(own);
  return referenceArray(dtype, own, data.slice(example * size, (example + 1) * size));
}
