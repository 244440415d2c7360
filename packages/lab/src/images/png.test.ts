import { crc32, inflateSync } from "node:zlib";
import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { encodePng } from "./png.ts";

/** The chunks of a PNG file, with their checksums checked. */
function chunksOf(file: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(file);
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = new Map<string, Buffer>();
  let offset = 8;
  while (offset < bytes.length) {
    const length = bytes.readUInt32BE(offset);
    const body = bytes.subarray(offset + 4, offset + 8 + length);
    expect(bytes.readUInt32BE(offset + 8 + length)).toBe(crc32(body));
    chunks.set(body.toString("latin1", 0, 4), body.subarray(4));
    offset += 12 + length;
  }
  return chunks;
}

describe("encodePng", () => {
  it.each([
    { channels: 1, colourType: 0 },
    { channels: 3, colourType: 2 },
    { channels: 4, colourType: 6 },
  ] as const)("keeps every pixel of $channels channels", ({ channels, colourType }) => {
    const pixels = Uint8Array.from({ length: 3 * 2 * channels }, (_, index) => (37 * index) % 256);
    const chunks = chunksOf(encodePng({ width: 3, height: 2, channels, pixels }));
    expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
    const header = chunks.get("IHDR")!;
    expect([header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]]).toEqual([3, 2, 8, colourType]);
    const rows = inflateSync(chunks.get("IDAT")!);
    const stride = 3 * channels;
    expect([rows[0], rows[stride + 1]]).toEqual([0, 0]);
    expect([...rows.subarray(1, stride + 1), ...rows.subarray(stride + 2)]).toEqual([...pixels]);
  });

  it("refuses pixels that do not fill the image", () => {
    expect(() => encodePng({ width: 2, height: 2, channels: 3, pixels: new Uint8Array(11) })).toThrow(
      InvalidInputError,
    );
  });
});
