/**
 * Writes the costs of the random assignment that `ansatz run ot/sinkhorn-newton --problem random` solves, so that other libraries can be timed on the same numbers:
 * `node --conditions=ansatz-source peers/random-assignment.ts <points> <seed> <file>`. The file holds points² float32, row-major, little-endian.
 */
import { writeFile } from "node:fs/promises";
import { key, openDevice, split, uniform } from "@ansatz/tensor";

const [points, seed, file] = process.argv.slice(2);
if (!file) throw new Error("usage: random-assignment.ts <points> <seed> <file>");
await using device = await openDevice("cpu", { threads: 1 });
const [costKey] = split(key(Number(seed)));
using costs = uniform(costKey, [Number(points), Number(points)], { device });
await writeFile(file, await costs.data());
