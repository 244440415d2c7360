import { convolutionShader } from "#kernels";
import { workgroupsFor } from "../../device/webgpu/call.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type ConvolutionKernelOptions, type ConvolutionProduct, convolutionGeometry } from "./geometry.ts";

/** As in gpu.wgsl. */
const WORKGROUP_SIZE = 64;
const NUMBERS: Readonly<Record<ConvolutionProduct, number>> = { forward: 0, inputGradient: 1, filterGradient: 2 };

export const convolutionWebGpu: WebGpuImplementation<ConvolutionKernelOptions> = {
  dtypes: ["float32"],
  run({ inputs, outputs: [result], dispatch, clear }, options) {
    if (result.size === 0) return;
    // Nothing to add up.
    if (inputs.some(({ size }) => size === 0)) {
      clear(result);
      return;
    }
    const { geometry } = convolutionGeometry(inputs, options);
    const { batches, groups, outputs, channels, input, window, output, stride, dilation, before } = geometry;
    const triples = [stride, dilation, before].flatMap((triple) => [...triple, 0]);
    dispatch({
      code: convolutionShader,
      constants: { product: NUMBERS[options.product] },
      bindings: [inputs[0], inputs[1], result],
      uniforms: Int32Array.of(
        result.size,
        batches,
        groups,
        outputs,
        ...input,
        channels,
        ...window,
        0,
        ...output,
        0,
        ...triples,
      ),
      workgroups: workgroupsFor(result.size, WORKGROUP_SIZE),
    });
  },
};
