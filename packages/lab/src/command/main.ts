#!/usr/bin/env node
import { runProgram } from "./program.ts";

// Not process.exit: it would cut off output that a pipe has not taken yet.
process.exitCode = await runProgram(process.argv.slice(2), { out: process.stdout, err: process.stderr });
