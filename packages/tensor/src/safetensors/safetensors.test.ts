import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import type { TensorTree } from "../differentiation/tree.ts";
import { AnsatzError, InvalidInputError, UnsupportedError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { testDevices } from "../testing/index.ts";
import { bfloat16Bits, bfloat16Values, float16Bits, float16Value } from "./half-precision.ts";
import { decodeSafetensors, encodeSafetensors, restoreSafetensors, safetensorsMetadata } from "./index.ts";

/** Made by peers/safetensors_fixture.py with Python's safetensors 0.8.0, torch 2.15.0. */
const python = new Uint8Array(await readFile(new URL("python.safetensors", import.meta.url)));

type Branch = { readonly [name: string]: Branch & Tensor };

/** A file with this header, whatever it says, and this many bytes after it. */
function fileOf(header: unknown, bodyBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + bodyBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (begin: number, end: number, shape: readonly unknown[] = [(end - begin) / 4], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("floats of 16 bits", () => {
  it("are the nearest to any float32, ties to even", () => {
    const floats = fc.oneof(
      fc.float(),
      fc.float({ min: Math.fround(-1e-4), max: Math.fround(1e-4) }),
      fc.float({ min: -70000, max: 70000 }),
    );
    fc.assert(
      fc.property(floats, (value) => {
        expect(float16Value(float16Bits(value))).toBe(Math.f16round(value));
        const [near] = bfloat16Values(Uint16Array.of(bfloat16Bits(value)));
        if (!Number.isFinite(near)) expect(Number.isFinite(value) && Math.abs(value) < 3.396e38).toBe(false);
        else expect(Math.abs(near - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -8, 2 ** -134));
      }),
      { numRuns: 3000 },
    );
    expect([1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519.99, 2 ** -25, 3 * 2 ** -25].map(float16Bits)).toEqual([
      0x3c00, 0x3c02, 0x7bff, 0, 2,
    ]);
    expect([1 + 2 ** -8, 1 + 3 * 2 ** -8, -Number.POSITIVE_INFINITY].map(bfloat16Bits)).toEqual([
      0x3f80, 0x3f82, 0xff80,
    ]);
  });

  it("come back as what they stand for, all of them", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const half = float16Value(bits);
      if (!Number.isNaN(half)) expect(float16Bits(half)).toBe(bits);
      const [value] = bfloat16Values(Uint16Array.of(bits));
      if (!Number.isNaN(value)) expect(bfloat16Bits(value)).toBe(bits);
    }
  });

  it("halve a file, and leave other dtypes as they are", async () => {
    await using device = await openDevice("cpu");
    const tree = { x: device.tensor(Float32Array.of(1, 1 / 3, -1e6, 1e-3)), n: device.tensor(Int32Array.of(1, 2, 3)) };
    for (const [float32As, third, million] of [
      ["float16", 0.333251953125, Number.NEGATIVE_INFINITY],
      ["bfloat16", 0.333984375, -999424],
    ] as const) {
      const bytes = await encodeSafetensors(tree, { float32As });
      const back = decodeSafetensors(bytes, device) as unknown as typeof tree;
      expect(Array.from((await back.x.data()).slice(1, 3))).toEqual([third, million]);
      expect(await back.n.data()).toEqual(Int32Array.of(1, 2, 3));
    }
    await expect(encodeSafetensors(tree, { float32As: "half" as never })).rejects.toThrow("safetensors: float32As");
  });
});

for (const { label, open } of await testDevices())
  describe(`safetensors on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("bring a tree of every dtype back as it was, bit for bit", async () => {
      const before = device.memory().tensors;
      const { dtypes } = device.description;
      const values = [1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 3, 1e-42];
      const tree = {
        layers: [
          { weights: device.tensor(Float32Array.from(values), [2, 3]) },
          { weights: device.zeros([0, 2], "float32") },
        ],
        step: device.tensor(Int32Array.of(-7), []),
        mask: device.tensor([1, 0, 1], [3], "bool"),
        "ünicode name": device.full([1], 2, "float32"),
        ...(dtypes.includes("float64") ? { exact: device.tensor(Float64Array.of(Math.PI, -1e-310)) } : {}),
        ...(dtypes.includes("uint32") ? { words: device.tensor(Uint32Array.of(2 ** 32 - 1)) } : {}),
        ...(dtypes.includes("complex64") ? { spectrum: device.tensor([1, 2, 3, -0], [2], "complex64") } : {}),
      };
      const bytes = await encodeSafetensors(tree, { metadata: { step: "7" } });
      expect(await encodeSafetensors(tree, { metadata: { step: "7" } })).toEqual(bytes);
      expect(safetensorsMetadata(bytes)).toEqual({ step: "7" });
      const back = decodeSafetensors(bytes, device) as typeof tree;
      const compare = async (original: unknown, copy: unknown, path: string): Promise<void> => {
        if (!(original as Tensor).data) {
          expect(Array.isArray(copy), path).toBe(Array.isArray(original));
          expect(Object.keys(copy as object).sort(), path).toEqual(Object.keys(original as object).sort());
          for (const [name, each] of Object.entries(original as object))
            await compare(each, (copy as Branch)[name], `${path}.${name}`);
          return;
        }
        using first = original as Tensor;
        using second = copy as Tensor;
        expect([second.shape, second.dtype], path).toEqual([first.shape, first.dtype]);
        const [a, b] = [await first.data(), await second.data()];
        expect(new Uint8Array(b.buffer, b.byteOffset, b.byteLength), path).toEqual(
          new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
        );
      };
      await compare(tree, back, "tree");
      expect(device.memory().tensors).toBe(before);
    });
  });

describe("safetensors", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it("of Python are read, narrow and wide numbers as float32 and int32", async () => {
    const tree = decodeSafetensors(python, device) as unknown as Record<string, Tensor> & { layers: Branch[] };
    const check = async (tensor: Tensor, dtype: string, expected: readonly number[]) => {
      expect(tensor.dtype).toBe(dtype);
      expect([...(await tensor.data())]).toEqual(expected);
    };
    const inf = Number.POSITIVE_INFINITY;
    await check(tree.layers[0].weight, "float32", [1.5, -2, 3.25, Math.fround(0.1), Number.NaN, inf]);
    expect(tree.layers[0].weight.shape).toEqual([2, 3]);
    await check(tree.layers[0].bias, "float64", [1e-300, -0.1]);
    await check(tree.layers[1].weight, "float32", [0.5]);
    await check(tree.half, "float32", [1.0009765625, -65504, 2 ** -24, inf, Number.NaN, -0]);
    // Exact: float32 holds every bfloat16, the subnormal too.
    await check(tree.brain, "float32", [1.0078125, -226 * 2 ** 120, 2 ** -133]);
    await check(tree.counts, "int32", [-(2 ** 31), 2 ** 31 - 1]);
    await check(tree.steps, "int32", [7, -9]);
    await check(tree.shorts, "int32", [-32768, 300]);
    await check(tree.bytes, "int32", [0, 255]);
    await check(tree.signs, "int32", [-128, 127]);
    await check(tree.words, "uint32", [2 ** 32 - 1, 5]);
    await check(tree.mask, "bool", [1, 0, 1]);
    await check(tree.spectrum, "complex64", [1, 2, -0, -0.5]);
    await check(tree.scalar, "float32", [4]);
    expect(tree.scalar.shape).toEqual([]);
    expect(tree.none.shape).toEqual([0, 3]);
    expect(safetensorsMetadata(python)).toEqual({ format: "pt", note: "ü" });
  });

  it("are read from the middle of a buffer too, and from Node's", async () => {
    const shifted = new Uint8Array(python.length + 3);
    shifted.set(python, 3);
    for (const bytes of [shifted.subarray(3), Buffer.from(shifted.buffer, 3)]) {
      const tree = decodeSafetensors(bytes, device) as unknown as Record<string, Tensor>;
      expect([...(await tree.words.data())]).toEqual([2 ** 32 - 1, 5]);
      expect([...(await tree.steps.data())]).toEqual([7, -9]);
    }
  });

  it("begin every tensor at a multiple of its elements' size", async () => {
    const tree = {
      a: device.tensor([1, 0, 1], [3], "bool"),
      b: device.zeros([1], "float64"),
      c: device.zeros([1], "float32"),
    };
    const bytes = await encodeSafetensors(tree);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(length % 8).toBe(0);
    expect([header.b, header.c, header.a].map((each) => each.data_offsets[0])).toEqual([0, 8, 12]);
  });

  it("keep names that mean something to JavaScript apart from it", async () => {
    const file = fileOf('{"__proto__.polluted":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4);
    const tree = decodeSafetensors(file, device) as Record<string, unknown>;
    expect(Object.keys(tree)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(tree)).toBe(Object.prototype);
  });

  it("are refused where the header does not fit the bytes, whatever is wrong with it", () => {
    const refuses = (bytes: Uint8Array, message: string) => {
      const before = device.memory();
      expect(() => decodeSafetensors(bytes, device), message).toThrow(InvalidInputError);
      expect(() => decodeSafetensors(bytes, device)).toThrow(message);
      expect(device.memory()).toEqual(before);
    };
    const huge = new Uint8Array(16).fill(0xff);
    refuses(huge, 'header length: expected at most 8 bytes, got "18446744073709551615"');
    refuses(new Uint8Array(7), "bytes: expected at least 8 bytes");
    refuses(fileOf("{"), "header: expected JSON in UTF-8");
    refuses(fileOf("[]"), "header: expected a JSON object");
    refuses(fileOf("[".repeat(100_000)), "header: expected JSON in UTF-8");
    refuses(Uint8Array.from([...fileOf("").slice(0, 8).with(0, 2), 0xc3, 0x28]), "header: expected JSON in UTF-8");
    refuses(fileOf({ a: 1 }), 'header["a"]: expected an object');
    refuses(fileOf({ a: entry(0, 4, [1], "F8_E4M3") }, 4), 'header["a"].dtype: expected one of');
    refuses(fileOf({ a: entry(0, 4, [1], "constructor") }, 4), 'header["a"].dtype');
    refuses(fileOf({ a: entry(0, 4, [-1, -1]) }, 4), 'header["a"].shape');
    refuses(fileOf({ a: entry(0, 4, [0.5, 2]) }, 4), 'header["a"].shape');
    refuses(fileOf({ a: { ...entry(0, 4), shape: "1" } }, 4), 'header["a"].shape');
    refuses(fileOf({ a: { ...entry(0, 4), data_offsets: [0] } }, 4), 'header["a"].data_offsets: expected two integers');
    refuses(fileOf({ a: { ...entry(0, 4), more: 1 } }, 4), "dtype, shape and data_offsets only");
    refuses(fileOf({ a: entry(0, 4, [2 ** 40]) }, 4), 'header["a"].data_offsets: expected 4398046511104 bytes');
    refuses(fileOf({ a: entry(0, 4, new Array(40).fill(2 ** 50)) }, 4), 'header["a"].data_offsets');
    refuses(fileOf({ a: entry(0, 4, [0, ...new Array(40).fill(2 ** 50)]) }, 4), 'header["a"].data_offsets');
    refuses(fileOf({ a: entry(0, 8), b: entry(4, 12) }, 12), 'header["b"].data_offsets: expected to begin at 8');
    refuses(fileOf({ a: entry(0, 4), b: entry(8, 12) }, 12), 'header["b"].data_offsets: expected to begin at 4');
    refuses(fileOf({ a: entry(0, 8) }, 4), "bytes: expected 8 bytes after the header");
    refuses(fileOf({ a: entry(0, 4) }, 8), "bytes: expected 4 bytes after the header");
    refuses(fileOf({ __metadata__: { a: 1 } }), "header.__metadata__: expected an object of texts");
    refuses(fileOf({ a: entry(0, 4), "a.b": entry(4, 8) }, 8), "names that do not go on");
    refuses(fileOf({ "a.b": entry(0, 4), a: entry(4, 8) }, 8), "names that do not go on");
    refuses("text" as never, "bytes: expected a Uint8Array");
    const wide = fileOf({ n: entry(0, 16, [2], "I64") }, 16);
    new DataView(wide.buffer).setBigInt64(wide.length - 8, -(2n ** 31n) - 1n, true);
    refuses(wide, 'n[1]: expected a value that int32 holds, got "-2147483649"');
  });

  it("that were damaged are read or refused with a typed error, and leave nothing behind", () => {
    const damage = fc.array(fc.tuple(fc.nat({ max: python.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.nat({ max: 40 }), (changes, cut) => {
        const bytes = python.slice(0, python.length - cut);
        for (const [position, value] of changes) if (position < bytes.length) bytes[position] = value;
        const before = device.memory().tensors;
        device.scope(() => {
          try {
            decodeSafetensors(bytes, device);
          } catch (error) {
            expect(error).toBeInstanceOf(AnsatzError);
          }
        });
        expect(device.memory().tensors).toBe(before);
      }),
    );
  });

  it("are refused on a device that cannot hold a dtype, naming the tensor", async () => {
    await using portable = await openDevice("tensorflow", { engine: "portable" });
    expect(() => decodeSafetensors(python, portable)).toThrow(UnsupportedError);
    expect(() => decodeSafetensors(python, portable)).toThrow("spectrum is of this dtype");
    expect(portable.memory().tensors).toBe(0);
  });

  it("are restored in the form of a tree, empty branches too, or refused where they differ from it", async () => {
    const tree = { slots: [[], [device.tensor([1, 2])]], none: {}, step: device.zeros([], "float64") };
    const bytes = await encodeSafetensors(tree);
    const like = { slots: [[], [device.zeros([2], "float32")]], none: {}, step: device.zeros([], "float64") };
    const back = restoreSafetensors(bytes, like);
    expect(Object.keys(back)).toEqual(["slots", "none", "step"]);
    expect(back.slots[0]).toEqual([]);
    expect([...(await back.slots[1][0].data())]).toEqual([1, 2]);
    expect(restoreSafetensors(await encodeSafetensors({}), { none: [] })).toEqual({ none: [] });
    const refuses = (other: TensorTree, message: string) =>
      expect(() => restoreSafetensors(bytes, other)).toThrow(message);
    refuses({ ...like, more: like.step }, 'by the names of the tree, got ["no more"]');
    refuses({ slots: like.slots }, 'by the names of the tree, got ["step as well"]');
    refuses({ ...like, step: device.zeros([1], "float64") }, "step: expected float64 of shape [1], as in the tree");
    refuses({ ...like, step: device.zeros([], "float32") }, "step: expected float32 of shape []");
  });

  it("refuse trees that would not come back", async () => {
    const x = device.zeros([1], "float32");
    const refuses = async (tree: TensorTree, message: string) =>
      expect(encodeSafetensors(tree)).rejects.toThrow(message);
    await refuses(x, "safetensors: tree: expected an array or object");
    await refuses({ a: { "b.c": x } }, "safetensors: tree.a: expected names without dots");
    await refuses({ "": x }, "safetensors: tree: expected names without dots");
    await refuses({ 1: x, 0: x }, "safetensors: tree: expected an array, where all names are 0, 1, …");
    await refuses({ a: [1 as never] }, "safetensors: tree.a.0: expected a tensor");
    await refuses({ __metadata__: x }, "safetensors: tree: expected another name");
    await refuses({ z: device.zeros([1], "complex128") }, "dtype complex128 is not available");
    await expect(encodeSafetensors({ x }, { metadata: { a: 1 as never } })).rejects.toThrow("safetensors: metadata.a");
    expect(decodeSafetensors(await encodeSafetensors({}), device)).toEqual({});
  });
});
