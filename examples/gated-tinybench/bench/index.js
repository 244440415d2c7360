import { deepStrictEqual } from "node:assert/strict";
import { paired } from "@ansatz/lab";
import { Bench } from "tinybench";
import { editDistance, wordCounts } from "../src/index.js";

const text = "the quick brown fox jumps over the lazy dog and the cat ".repeat(20);

const expected = {
  "edit distance": 3,
  "word counts": ["the", 60],
};

// The one change to the suite: `new Bench()` is wrapped.
const bench = paired(new Bench({ time: 200 }), {
  id: "gated-tinybench/words",
  title: "Words",
  validate(task, result) {
    deepStrictEqual(task === "word counts" ? result[0] : result, expected[task]);
  },
});

bench.add("word counts", () => wordCounts(text)).add("edit distance", () => editDistance("kitten", "sitting"));

// What `ansatz gate` finds: package.json exports this file as "./benchmarks".
export default [bench];

if (import.meta.main) {
  await bench.run();
  console.table(bench.table());
}
