import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { vmap } from "../differentiation/batching.ts";
import { componentsPerElement, type DType, isComplex } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { type ReferenceArray, referenceArray, toHostArray } from "../kernel.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { caseRandom, expectAllClose, testDerivatives, testDevices } from "../testing/index.ts";
import { einsum } from "./einsum.ts";
import { outer } from "./outer.ts";

/** The definition: a loop over every label. Terms have no ellipsis, and the arrow is there. */
function reference(equation: string, operands: readonly ReferenceArray[]): { shape: Shape; data: Float64Array } {
  const [left, output] = equation.split("->");
  const terms = left.split(",");
  const labels = [...new Set(left.replaceAll(",", ""))];
  const extents = labels.map((label) => {
    const term = terms.findIndex((each) => each.includes(label));
    return operands[term].shape[terms[term].indexOf(label)];
  });
  const components = componentsPerElement(operands[0].dtype);
  const shape = [...output].map((label) => extents[labels.indexOf(label)]);
  const data = new Float64Array(sizeOf(shape) * components);
  const placeOf = (term: string, within: Shape, at: readonly number[]) =>
    [...term].reduce((place, label, axis) => place * within[axis] + at[labels.indexOf(label)], 0);
  for (let count = 0; count < sizeOf(extents); count++) {
    let rest = count;
    const at = extents.map((extent) => {
      const position = rest % extent;
      rest = Math.floor(rest / extent);
      return position;
    });
    let [re, im] = [1, 0];
    for (const [index, { shape: own, data: values }] of operands.entries()) {
      const place = placeOf(terms[index], own, at) * components;
      const [x, y] = [values[place], components === 2 ? values[place + 1] : 0];
      [re, im] = [re * x - im * y, re * y + im * x];
    }
    const place = placeOf(output, shape, at) * components;
    data[place] += re;
    if (components === 2) data[place + 1] += im;
  }
  return { shape, data };
}

const EXTENTS: Readonly<Record<string, number>> = { b: 2, c: 3, i: 4, j: 3, k: 5, l: 2, o: 3, x: 2, y: 3, z: 0 };

function operandsFor(equation: string, dtype: DType, seed = 1): ReferenceArray[] {
  const random = caseRandom(seed);
  return equation
    .split("->")[0]
    .split(",")
    .map((term) =>
      random.array(
        [...term].map((label) => EXTENTS[label]),
        dtype,
        { below: 9 },
      ),
    );
}

const EQUATIONS = [
  "i->i",
  "ij->ji",
  "ij->",
  "ijk->ki",
  "ii->i",
  "ii->",
  "iji->j",
  "jij->ij",
  "ij,jk->ik",
  "ij,jk->ki",
  "ij,kj->ik",
  "ji,jk->ik",
  "ji,kj->ki",
  "bij,bjk->bik",
  "ibj,kjb->bik",
  "bixy,ioxy->boxy",
  "ij,j->i",
  "i,ij->j",
  "i,i->",
  "bi,bi->b",
  "bi,bi->bi",
  "i,j->ij",
  "i,j->ji",
  "ij,kl->ljik",
  "ijk,kjl->il",
  "ijk,jkl->il",
  "ijk,j->",
  "ii,ij->j",
  "ij,jk,kl->il",
  "i,i,i->i",
  "b,bij,bk->kji",
  "iz,zj->ij",
  "zi,ij->zj",
  ",i->i",
] as const;

for (const { label, open } of await testDevices())
  describe(`einsum on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    const upload = (array: ReferenceArray) => device.tensor(toHostArray(array), array.shape, array.dtype);
    const dtypes = () =>
      (["float32", "float64", "complex64", "complex128", "int32"] as const).filter((dtype) =>
        device.description.dtypes.includes(dtype),
      );

    it("sums the products that the equation says, for every dtype", async () => {
      for (const equation of EQUATIONS)
        for (const dtype of dtypes()) {
          const operands = operandsFor(equation, dtype);
          const expected = reference(equation, operands);
          using result = device.scope(() => einsum(equation, ...operands.map(upload)));
          expect(result.shape).toEqual(expected.shape);
          // At most 60 products of up to three standard normal numbers.
          const u = dtype === "float64" || dtype === "complex128" ? 2 ** -53 : 2 ** -24;
          const tolerance = dtype === "int32" ? { relative: 0, absolute: 0 } : { relative: 8 * u, absolute: 256 * u };
          expectAllClose(await result.data(), expected.data, tolerance, `${equation} of ${dtype}`);
        }
    });

    it("lets an ellipsis stand for axes that broadcast, and finds out the result where there is no arrow", async () => {
      const [a, b] = operandsFor("cij,jk->", "float32");
      const values = async (equation: string, ...operands: ReferenceArray[]) => {
        using result = device.scope(() => einsum(equation, ...operands.map(upload)));
        return { shape: [...result.shape], data: Array.from(await result.data()) };
      };
      expect(await values("...ij,jk", a, b)).toEqual(await values("cij,jk->cik", a, b));
      expect(await values("ki,ij", { ...b, shape: [5, 3] }, { ...b, shape: [3, 5] })).toEqual(
        await values("ki,ij->jk", { ...b, shape: [5, 3] }, { ...b, shape: [3, 5] }),
      );
      expect(await values("...->...", a)).toEqual(await values("cij->cij", a));
      expect(await values("i...->...i", a)).toEqual(await values("cij->ijc", a));
      expect(await values(" i j , j k -> i k ", { ...a, shape: [12, 3] }, b)).toEqual(
        await values("ij,jk->ik", { ...a, shape: [12, 3] }, b),
      );
      const row = { ...a, shape: [1, 4, 9] };
      const other = referenceArray("float32", [3, 1, 9], Array.from({ length: 27 }, Math.sin));
      expect((await values("...k,...k->...", row, other)).shape).toEqual([3, 4]);
    });

    it("leaves its operands alone, and nothing behind", async () => {
      using a = upload(operandsFor("ij->", "float32")[0]);
      const before = device.memory();
      const results = [einsum("ij->ij", a), einsum("ij,ij->", a, a), outer(a, a)];
      for (const result of results) result.dispose();
      expect(device.memory().tensors).toBe(before.tensors);
      expect(a.disposed).toBe(false);
    });

    it("computes for many examples at once", async () => {
      const [a] = operandsFor("bij->", "float32");
      const [b] = operandsFor("jk->", "float32");
      const [together, apart] = device.scope(() => {
        const second = upload(b);
        return [
          vmap((x: Tensor) => einsum("ij,jk->ki", x, second))(upload(a)),
          einsum("bij,jk->bki", upload(a), second),
        ];
      });
      expectAllClose(await together.data(), await apart.data(), { relative: 1e-6, absolute: 1e-6 });
      together.dispose();
      apart.dispose();
    });
  });

describe("einsum", () => {
  let device: Device;
  beforeAll(async () => {
    device = await (await testDevices())[0].open();
  });
  afterAll(() => device.dispose());

  it("agrees with its definition for any equation of two operands", async () => {
    const term = fc.array(fc.constantFrom("b", "i", "j", "k", "x"), { maxLength: 4 });
    const equations = fc.tuple(term, term, fc.array(fc.nat(1000), { minLength: 5, maxLength: 5 }));
    await fc.assert(
      fc.asyncProperty(equations, async ([left, right, keys]) => {
        const labels = [...new Set([...left, ...right])];
        const output = labels
          .map((label, index) => ({ label, key: keys[index] }))
          .filter(({ key }) => key % 2 === 0)
          .sort((p, q) => p.key - q.key);
        const equation = `${left.join("")},${right.join("")}->${output.map(({ label }) => label).join("")}`;
        const operands = operandsFor(equation, "complex128", keys[0]);
        const expected = reference(equation, operands);
        using result = device.scope(() =>
          einsum(equation, ...operands.map((each) => device.tensor(toHostArray(each), each.shape, each.dtype))),
        );
        expect(result.shape).toEqual(expected.shape);
        // Up to 360 products of standard normal numbers.
        expectAllClose(await result.data(), expected.data, { relative: 0, absolute: 360 * 8 * 2 ** -53 }, equation);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses what is no equation, or does not fit the operands", () => {
    device.scope(() => {
      const a = device.zeros([2, 3], "float32");
      const b = device.zeros([3, 4], "float32");
      const refused = (equation: string, ...operands: Tensor[]) =>
        expect(() => einsum(equation, ...operands), equation).toThrow(InvalidInputError);
      refused("ij,jk->ik->", a, b);
      refused("ij,jk->i1", a, b);
      refused("i_,jk->", a, b);
      refused("ij->ij", a, b);
      refused("ij,jk,kl->il", a, b);
      refused("ijk,jk->", a, b);
      refused("i,jk->", a, b);
      refused("ij,ik->jk", a, b);
      refused("ii->i", a);
      refused("ij->ijj", a);
      refused("ij->ijk", a);
      refused("......->", a);
      refused("i...->i", a);
      refused("...i,...k->...ik", a, b);
      refused("ij,jk->ik", a, device.zeros([3, 4], "float64"));
      refused("ij,jk->ik", a, device.zeros([3, 4], "complex64"));
      refused("->");
      expect(() => einsum("ij,ik->jk", a, b)).toThrow("one extent for i");
    });
  });
});

describe("outer", () => {
  it("multiplies every element with every other", async () => {
    await using device = await (await testDevices())[0].open();
    using product = device.scope(() => outer(device.tensor([1, 2, 3], [3]), device.tensor([10, 20, 30, 40], [2, 2])));
    expect(product.shape).toEqual([3, 2, 2]);
    expect(Array.from(await product.data())).toEqual([10, 20, 30, 40, 20, 40, 60, 80, 30, 60, 90, 120]);
  });
});

for (const equation of ["iji->j", "ij,jk->ki", "bixy,ioxy->boxy", "bi,bi->b", "i,j->ji", "ij,jk,kl->il"] as const)
  for (const dtype of ["float64", "complex128"] as const)
    await testDerivatives(
      `einsum ${equation} of ${dtype}`,
      (...operands) => einsum(equation, ...operands),
      operandsFor(equation, dtype).map((each) => referenceArray(dtype, each.shape, each.data)),
      isComplex(dtype) ? { devices: ["webgpu"] } : {},
    );
await testDerivatives("outer", outer, operandsFor("i,jk->", "complex128"), { devices: ["webgpu"] });
await testDerivatives("an ellipsis that broadcasts", (a, b) => einsum("...i,...i->...", a, b), [
  referenceArray("float64", [3, 1, 2], [0.3, -0.7, 1.1, 0.2, -0.4, 0.9]),
  referenceArray("float64", [2, 2], [0.5, 0.1, -0.8, 1.2]),
]);
