import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { UnsupportedError } from "../errors.ts";
import { type Kernel, type KernelCase, type TensorSpec, toHostArray } from "../kernel.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose } from "./all-close.ts";
import { caseRandom } from "./case-random.ts";
import { testDevices } from "./devices.ts";

/** Number of random cases per kernel and device. */
const RANDOM_CASES = 25;

/**
 * Declares the tests every kernel must pass, from its declaration alone: on every device, given and random cases agree with the float64 reference within the
 * declared tolerance; `run` and `runInto` agree; nothing leaks; a device without an implementation refuses with the declared reason.
 * Await it at the top level of `kernel.test.ts`.
 */
export async function testKernel<Options>(kernel: Kernel<Options>): Promise<void> {
  const random = Array.from({ length: RANDOM_CASES }, (_, seed) => kernel.randomCase(caseRandom(seed)));
  const cases = [...kernel.cases(), ...random.map((each, seed) => ({ ...each, name: `random ${seed}: ${each.name}` }))];

  for (const { label, open } of await testDevices())
    describe(`${kernel.name} on ${label}`, () => {
      let device: Device;
      beforeAll(async () => {
        device = await open();
      });
      afterAll(() => device.dispose());

      it("agrees with the float64 reference in every case, and leaks nothing", async () => {
        const ran = { count: 0 };
        for (const each of cases) if (holdable(device, kernel, each)) await checkCase(device, kernel, each, ran);
        const isImplemented = device.kind === "cpu" || typeof kernel[device.kind] !== "string";
        expect(ran.count > 0).toBe(isImplemented);
      });

      it("refuses, with the declared reason, what it has no implementation for", () => {
        const reason = device.kind === "cpu" ? undefined : kernel[device.kind];
        if (typeof reason !== "string") return;
        const { dtypes } = device.description;
        const holds = (specs: readonly TensorSpec[]) => specs.every(({ dtype }) => dtypes.includes(dtype));
        const holdableInputs = kernel.cases().filter(({ inputs }) => holds(inputs));
        const whole = holdableInputs.find(({ inputs, options }) => holds(kernel.infer(inputs, options)));
        device.scope(() => {
          for (const each of holdableInputs.slice(0, 1))
            expect(() => kernel.run(upload(device, each), each.options)).toThrow(UnsupportedError);
          // Where it does not even hold the results, the device says so first.
          if (whole) expect(() => kernel.run(upload(device, whole), whole.options)).toThrow(reason);
        });
      });

      it("writes the same values into existing tensors", async () => {
        for (const each of kernel.cases()) if (holdable(device, kernel, each)) await checkInto(device, kernel, each);
      });
    });
}

/** Whether the device holds all dtypes of a case and the kernel implements them there; a kernel without implementation must say so. */
function holdable<Options>(device: Device, kernel: Kernel<Options>, each: KernelCase<Options>): boolean {
  const { dtypes } = device.description;
  const specs = [...each.inputs, ...kernel.infer(each.inputs, each.options)];
  if (specs.some(({ dtype }) => !dtypes.includes(dtype))) return false;
  if (device.kind === "cpu") return true;
  const implementation = kernel[device.kind];
  if (typeof implementation === "string") return false;
  return !specs.some(({ dtype }) => implementation.dtypes && !implementation.dtypes.includes(dtype));
}

async function checkCase<Options>(
  device: Device,
  kernel: Kernel<Options>,
  each: KernelCase<Options>,
  ran: { count: number },
): Promise<void> {
  const before = device.memory();
  const inputs = upload(device, each);
  const outputs = kernel.run(inputs, each.options);
  await expectReference(kernel, each, outputs, device.kind);
  for (const tensor of [...inputs, ...outputs]) tensor.dispose();
  expect({ ...device.memory(), peakBytes: 0 }, `${kernel.name}, ${each.name}: leak`).toEqual({
    ...before,
    peakBytes: 0,
  });
  ran.count++;
}

async function checkInto<Options>(device: Device, kernel: Kernel<Options>, each: KernelCase<Options>): Promise<void> {
  const inputs = upload(device, each);
  const outputs = kernel.infer(each.inputs, each.options).map(({ shape, dtype }) => device.full(shape, 1, dtype));
  kernel.runInto(inputs, outputs, each.options);
  await expectReference(kernel, each, outputs, `${device.kind}, into`);
  for (const tensor of [...inputs, ...outputs]) tensor.dispose();
}

function upload<Options>(device: Device, each: KernelCase<Options>): Tensor[] {
  return each.inputs.map((array) => device.tensor(toHostArray(array), array.shape, array.dtype));
}

async function expectReference<Options>(
  kernel: Kernel<Options>,
  each: KernelCase<Options>,
  outputs: readonly Tensor[],
  where: string,
): Promise<void> {
  const expected = kernel.reference(each.inputs, each.options);
  const specs = kernel.infer(each.inputs, each.options);
  expect(outputs.length).toBe(expected.length);
  for (const [index, output] of outputs.entries()) {
    const what = `${kernel.name} on ${where}, ${each.name}, output ${index}`;
    expect([...output.shape], `${what}: shape`).toEqual([...specs[index].shape]);
    expect([...expected[index].shape], `${what}: shape of the reference`).toEqual([...specs[index].shape]);
    expect(output.dtype, `${what}: dtype`).toBe(specs[index].dtype);
    const tolerance = kernel.tolerance(output.dtype, each.inputs, each.options);
    expectAllClose(await output.data(), toHostArray(expected[index]), tolerance, what);
  }
}
