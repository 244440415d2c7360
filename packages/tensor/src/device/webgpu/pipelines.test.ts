import { describe, expect, it } from "vitest";
import { writtenBindings } from "./pipelines.ts";

describe("bindings that WGSL may write", () => {
  it("are those declared read_write, however they are spelt", () => {
    const code = `
      @group(0) @binding(0) var<storage, read> a: array<u32>;
      @group(0) @binding(1) var<storage, read_write> b: array<u32>;
      @binding( 2 )
      @group(0) var <storage,read_write,> c: array<u32>;
      @group(0) @binding(3) var<storage> d: array<u32>;
      @group(0) @binding(4) var<uniform> e: vec4u;
      var<workgroup> f: array<u32, 64>;
      @group(0) @binding(10) /* the last */ var<storage, read_write> g: array<u32>;`;
    expect([...writtenBindings(code)]).toEqual([1, 2, 10]);
  });

  it("are not found in comments", () => {
    const code = `
      @group(0) @binding(0) var<storage, read> a: array<u32>; // was @group(0) @binding(0) var<storage, read_write> a
      /* @group(0) @binding(1)
         var<storage, read_write> b: array<u32>; */`;
    expect([...writtenBindings(code)]).toEqual([]);
  });
});
