import type { CpuImplementation, FloatDType } from "@ansatz/tensor";
import { cpuModule } from "#kernels/csr-product";
import { SUFFIX } from "../../workspace.ts";

/** Multiplications worth a thread: about 40 µs. */
const GRAIN = 1 << 15;

export const csrProductCpu: CpuImplementation<null> = {
  module: cpuModule,
  run({ inputs: [values, x, pointers, columns], outputs: [y], parallel }) {
    if (y.size === 0) return;
    const [extent, width] = x.shape;
    if (values.size === 0) {
      y.view().fill(0);
      return;
    }
    const [rows] = y.shape;
    const grain = Math.ceil((GRAIN * rows) / (values.size * width));
    const parameters = [values, x, pointers, columns, y].map(({ pointer }) => pointer);
    parallel(`csr_product_${SUFFIX[y.dtype as FloatDType]}`, [...parameters, extent, width], rows, grain);
  },
};
