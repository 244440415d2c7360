#!/usr/bin/env node
import { runProgram } from "./program.ts";

// A reader that stops early (`ansatz list | head`) has what it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

// Not process.exit: it would cut off output that a pipe has not taken yet.
process.exitCode = await runProgram(process.argv.slice(2), { out: process.stdout, err: process.stderr });
