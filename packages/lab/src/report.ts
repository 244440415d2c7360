/** A cell of a reported table. */
export type TableCell = string | number | boolean | null;

export interface TableColumn {
  readonly name: string;
  readonly unit?: string;
}

/** Pixels, row-major. Either values in [0, 1] (one channel: grey, 0 black) or bytes; 1 (grey), 3 (RGB) or 4 (RGBA) channels. */
export interface ReportedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** `height × width × channels` numbers; floats are in [0, 1], `Uint8Array` in 0 … 255. */
  readonly pixels: Float32Array | Float64Array | Uint8Array;
  readonly caption?: string;
}

/** A matrix drawn with a colour scale, row-major `rows × columns`. */
export interface ReportedHeatmap {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
  readonly rowLabel?: string;
  readonly columnLabel?: string;
  /** `"log"` draws log10 of the values; values ≤ 0 are drawn as empty. Default `"linear"`. */
  readonly scale?: "linear" | "log";
  readonly caption?: string;
}

/** Where an experiment puts what it observes while it runs. Every call is cheap and synchronous; values are copied. */
export interface Report {
  /** Work done so far out of `total` (same unit); shown as a progress bar. `total` may change. */
  progress(done: number, total: number, message?: string): void;
  /** One point of a curve, e.g. `point("marginal error", step, error)`. Steps of one series must not decrease. */
  point(series: string, step: number, value: number): void;
  table(name: string, columns: readonly TableColumn[], rows: readonly (readonly TableCell[])[]): void;
  image(name: string, image: ReportedImage): void;
  heatmap(name: string, heatmap: ReportedHeatmap): void;
  /** A line of text for the log of the run. */
  note(message: string): void;
}

/** What a report becomes on the wire: plain data, structured-cloneable, numbered from 1 without gaps within a run. */
export type RunEvent =
  | {
      readonly type: "progress";
      readonly sequence: number;
      readonly done: number;
      readonly total: number;
      readonly message?: string;
    }
  | {
      readonly type: "point";
      readonly sequence: number;
      readonly series: string;
      readonly step: number;
      readonly value: number;
    }
  | {
      readonly type: "table";
      readonly sequence: number;
      readonly name: string;
      readonly columns: readonly TableColumn[];
      readonly rows: readonly (readonly TableCell[])[];
    }
  | { readonly type: "image"; readonly sequence: number; readonly name: string; readonly image: EncodedImage }
  | { readonly type: "heatmap"; readonly sequence: number; readonly name: string; readonly heatmap: EncodedHeatmap }
  | { readonly type: "note"; readonly sequence: number; readonly message: string };

/** An image as bytes: `Uint8Array` of `height × width × channels`. */
export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly pixels: Uint8Array;
  readonly caption?: string;
}

export interface EncodedHeatmap {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  readonly rowLabel?: string;
  readonly columnLabel?: string;
  readonly scale: "linear" | "log";
  readonly caption?: string;
}
