import { describe, expect, it } from "vitest";
import { toHostArray } from "../kernel.ts";
import { matmulBenchmark } from "../kernels/matmul/kernel.bench.ts";
import { caseRandom, expectAllClose } from "../testing/index.ts";

const { kernel, cases, peers } = matmulBenchmark;

describe.each(peers)("$name", (peer) => {
  const [{ options }] = cases;
  const inputs = [caseRandom(1).array([17, 9], "float32"), caseRandom(2).array([9, 21], "float32")];
  const small = { name: "small", inputs, options };

  it("computes what the kernel computes, call after call, until it is disposed", async () => {
    const workload = await peer.setup(small, inputs);
    const [expected] = kernel.reference(inputs, options);
    for (let call = 0; call < 2; call++) {
      await workload.run();
      const [actual] = await workload.outputs();
      expectAllClose(actual, toHostArray(expected), kernel.tolerance("float32", inputs, options));
    }
    await workload.dispose();
  });

  it("tells its version", async () => {
    expect(await peer.version()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("refuses a dtype it cannot be compared on", async () => {
    const integers = [caseRandom(1).array([2, 2], "uint32"), caseRandom(2).array([2, 2], "uint32")];
    await expect(peer.setup({ name: "integers", inputs: integers, options }, integers)).rejects.toThrow("uint32");
  });
});
