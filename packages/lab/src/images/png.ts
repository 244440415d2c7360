import { crc32, deflateSync } from "node:zlib";
import { InvalidInputError } from "@ansatz/tensor";
import type { EncodedImage } from "../report.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** PNG colour type by number of channels: grey, RGB, RGBA. */
const COLOUR_TYPE = { 1: 0, 3: 2, 4: 6 } as const;

/**
 * Encodes an image as PNG, 8 bits per channel. Source: Portable Network Graphics (PNG) Specification, third edition, sections 5 and 11.
 * @throws InvalidInputError when the pixels do not fill the image.
 */
export function encodePng({ width, height, channels, pixels }: EncodedImage): Uint8Array {
  const stride = width * channels;
  if (pixels.length !== stride * height)
    throw new InvalidInputError("image: pixels", `${stride * height} bytes`, pixels.length);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, COLOUR_TYPE[channels]], 8);
  // A filter byte before each row; 0 leaves it as it is.
  const rows = Buffer.alloc((stride + 1) * height);
  for (let row = 0; row < height; row++)
    rows.set(pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
