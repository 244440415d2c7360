import { cast, complex, type Device, matmul, multiply, openDevice, subtract } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HARD_KINDS, type HardMatrix, hardMatrices } from "../../testing/hard-matrices.ts";
import { separatedComplexSpectrum, separatedSpectrum } from "./cases.ts";
import { eigen, eigenKernel } from "./index.ts";

await testKernel(eigenKernel);

const point = [separatedSpectrum(caseRandom(6), [2, 4, 4], "float64")];
await testDerivatives("the values of eigen", (a) => eigen(a).values, point, { devices: [] });
await testDerivatives("the vectors of eigen", (a) => eigen(a).vectors, point, { devices: [] });
const complexPoint = [separatedComplexSpectrum(caseRandom(6), [4, 4], "complex128")];
await testDerivatives("the values of eigen of complex numbers", (a) => eigen(a).values, complexPoint, { devices: [] });
await testDerivatives("the vectors of eigen of complex numbers", (a) => eigen(a).vectors, complexPoint, {
  devices: [],
});

describe("eigen", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());

  const norm = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0));

  const precisions = { float64: 2 ** -52, float32: 2 ** -23 } as const;

  async function expectResidual(dtype: keyof typeof precisions, { name, n, values }: HardMatrix): Promise<void> {
    const a = device.tensor(values, [n, n], dtype);
    const { values: spectrum, vectors } = eigen(a);
    const residual = subtract(matmul(complex(a, multiply(a, 0)), vectors), multiply(vectors, spectrum.reshape([1, n])));
    const allowed = 10 * n * precisions[dtype] * norm(await a.data());
    expect(norm(await residual.data()), `${name}, ${dtype}, n = ${n}`).toBeLessThanOrEqual(allowed);
  }

  it("leaves a residual A V − V Λ of at most 10 n ε ‖A‖, whatever the matrix", async () => {
    for (const n of [1, 2, 3, 30, 100])
      for (const dtype of ["float64", "float32"] as const)
        for (const matrix of hardMatrices(n, HARD_KINDS)) await expectResidual(dtype, matrix);
    for (const matrix of hardMatrices(512, ["random", "rank deficient"])) await expectResidual("float64", matrix);
  });

  it("leaves as small a residual of complex matrices", async () => {
    for (const n of [1, 2, 3, 30, 70])
      for (const dtype of ["complex128", "complex64"] as const) {
        const { data } = caseRandom(n).array([n, n], dtype, { scale: 1 / Math.sqrt(n) });
        const noise = device.tensor(data as Float64Array<ArrayBuffer>, [n, n], dtype);
        for (const { name, values } of hardMatrices(n, HARD_KINDS)) {
          const real = device.tensor(values, [n, n], dtype === "complex64" ? "float32" : "float64");
          const a = matmul(cast(real, dtype), noise);
          const { values: spectrum, vectors } = eigen(a);
          const residual = subtract(matmul(a, vectors), multiply(vectors, spectrum.reshape([1, n])));
          const allowed = 10 * n * (dtype === "complex64" ? 2 ** -23 : 2 ** -52) * norm(await a.data());
          expect(norm(await residual.data()), `${name}, ${dtype}, n = ${n}`).toBeLessThanOrEqual(allowed);
        }
      }
  });

  it("finds the roots of unity as eigenvalues of a cyclic shift, which needs other shifts than the usual", async () => {
    for (const n of [3, 4, 16, 65]) {
      const shift = Float64Array.from({ length: n * n }, (_, index) =>
        (Math.floor(index / n) + 1) % n === index % n ? 1 : 0,
      );
      const a = device.tensor(shift, [n, n]);
      for (const matrix of [a, cast(a, "complex128")]) {
        const values = await eigen(matrix).values.data();
        for (let k = 0; k < n; k++) {
          const angle = (2 * Math.PI * k) / n;
          const distances = Array.from({ length: n }, (_, i) =>
            Math.hypot(values[2 * i] - Math.cos(angle), values[2 * i + 1] - Math.sin(angle)),
          );
          expect(Math.min(...distances)).toBeLessThan(1e-13);
        }
      }
    }
  });

  it("gives a defective matrix its eigenvalue to the accuracy that there is", async () => {
    const values = await eigen(device.tensor(Float64Array.of(2, 1, 0, 0, 2, 1, 0, 0, 2), [3, 3])).values.data();
    for (let k = 0; k < 3; k++) expect(Math.hypot(values[2 * k] - 2, values[2 * k + 1])).toBeLessThan(1e-4);
  });
});
