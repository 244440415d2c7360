import { type Device, InvalidInputError, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  conjugateGradient,
  csrProductKernel,
  gmres,
  gridLaplacian,
  lanczos,
  lsqr,
  SparseOperator,
  toeplitzProduct,
} from "./index.ts";

describe("what has no complex form", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());

  it("refuses complex numbers with an error that names the argument", async () => {
    const matrix = device.zeros([3, 3], "complex128");
    const vector = device.zeros([3], "complex128");
    const real = device.zeros([3], "float64");
    for (const method of [conjugateGradient, gmres, lsqr]) {
      await expect(method(matrix, vector)).rejects.toThrow(InvalidInputError);
      await expect(method(matrix, real)).rejects.toThrow("float32 or float64");
    }
    await expect(lanczos(matrix, { device, count: 1 })).rejects.toThrow("float32 or float64");
    expect(() => toeplitzProduct(vector, vector, vector)).toThrow(
      "toeplitzProduct: column: expected float32 or float64",
    );
    using operator = SparseOperator.from(gridLaplacian([3]), { device });
    expect(() => operator.apply(vector)).toThrow(InvalidInputError);
    const indices = device.zeros([3], "int32");
    const pointers = device.zeros([4], "int32");
    const product = () => csrProductKernel.run([vector, vector.reshape([3, 1]), pointers, indices, indices], null);
    expect(product).toThrow("csrProduct: values: expected float32 or float64");
  });
});
