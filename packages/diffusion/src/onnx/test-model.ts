/** Types of elements in ONNX files. */
const ELEMENT_TYPE = { float32: 1, int64: 7, float64: 11 } as const;

type ElementType = keyof typeof ELEMENT_TYPE;

/** Bytes of a protocol buffer's field: a number (wire type 0) or a length and bytes (wire type 2). */
function field(number: number, value: number | string | readonly number[]): number[] {
  if (typeof value === "number") return [...varint(number << 3), ...varint(value)];
  const bytes = typeof value === "string" ? [...new TextEncoder().encode(value)] : value;
  return [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

function valueInfo(name: string, type: ElementType, shape: readonly (number | string)[]): number[] {
  const extents = shape.flatMap((extent) => field(1, typeof extent === "number" ? field(1, extent) : field(2, extent)));
  return [...field(1, name), ...field(2, field(1, [...field(1, ELEMENT_TYPE[type]), ...field(2, extents)]))];
}

function constant(name: string, type: ElementType, value: number): number[] {
  const data = type === "float32" ? Float32Array.of(value) : Float64Array.of(value);
  return [...field(2, ELEMENT_TYPE[type]), ...field(8, name), ...field(9, [...new Uint8Array(data.buffer)])];
}

function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly number[] = [],
): number[] {
  return [...inputs.flatMap((name) => field(1, name)), ...field(2, output), ...field(4, operator), ...attributes];
}

/** An ONNX file: out_sample = scale · sample + timestep · slope, with an input `shift` that is added where asked for. */
export function testModel(options: {
  readonly timeType: "float32" | "int64" | "float64";
  readonly timeShape: readonly (number | string)[];
  readonly type?: "float32" | "float64";
  readonly shift?: boolean;
  readonly names?: readonly [state: string, time: string];
}): Uint8Array {
  const {
    timeType,
    timeShape,
    type = "float32",
    shift = false,
    names: [state, time] = ["sample", "timestep"],
  } = options;
  const toType = field(5, [...field(1, "to"), ...field(3, ELEMENT_TYPE[type]), ...field(20, 2)]);
  const isPerExample = timeShape.length > 0 && timeShape[0] !== 1;
  const axes = [
    ...field(1, 1),
    ...field(2, ELEMENT_TYPE.int64),
    ...field(8, "axes"),
    ...field(9, [1, 0, 0, 0, 0, 0, 0, 0]),
  ];
  const last = shift ? "unshifted" : "out_sample";
  const graph = [
    ...field(1, node("Cast", [time], "time", toType)),
    ...field(1, node("Mul", ["time", "slope"], "moved")),
    // A label per example, for all of its numbers.
    ...field(1, isPerExample ? node("Unsqueeze", ["moved", "axes"], "column") : node("Identity", ["moved"], "column")),
    ...field(1, node("Mul", [state, "scale"], "scaled")),
    ...field(1, node("Add", ["scaled", "column"], last)),
    ...(shift ? field(1, node("Add", [last, "shift"], "out_sample")) : []),
    ...field(2, "graph"),
    ...field(5, constant("slope", type, 0.25)),
    ...field(5, constant("scale", type, 0.5)),
    ...(isPerExample ? field(5, axes) : []),
    ...field(11, valueInfo(state, type, ["batch", 2])),
    ...field(11, valueInfo(time, timeType, timeShape)),
    ...(shift ? field(11, valueInfo("shift", type, [1, 2])) : []),
    ...field(12, valueInfo("out_sample", type, ["batch", 2])),
  ];
  return Uint8Array.from([...field(1, 8), ...field(7, graph), ...field(8, [...field(1, ""), ...field(2, 13)])]);
}
