import { resolve } from "node:path";

/** The folder for what this project remembers between runs: `ANSATZ_DATA`, or `.ansatz` in the working directory. */
export function dataFolder(): string {
  return resolve(process.env.ANSATZ_DATA || ".ansatz");
}
