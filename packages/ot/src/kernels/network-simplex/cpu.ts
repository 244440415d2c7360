import type { CpuImplementation } from "@ansatz/tensor";
import { cpuModule } from "#kernels/network-simplex";
import type { NetworkSimplexOptions } from "./options.ts";

export const networkSimplexCpu: CpuImplementation<NetworkSimplexOptions> = {
  module: cpuModule,
  run({ inputs, outputs, invoke, scratch }, { maximumPivots, firstRow, blockRows }) {
    const [cost, parents, flows] = inputs;
    const [rows, columns] = cost.shape;
    outputs[0].view().set(parents.view());
    outputs[1].view().set(flows.view());
    const arrays = [cost.pointer, ...outputs.map(({ pointer }) => pointer)];
    const room = scratch((rows + columns) * 16);
    invoke("network_simplex", ...arrays, room, rows, columns, maximumPivots, firstRow, blockRows);
  },
};
