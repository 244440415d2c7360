import type { CheckedExpectation, HardwareFingerprint, RunStatus, TableCell, TableColumn } from "@ansatz/lab";
import type { DeviceKind } from "@ansatz/tensor";
import type { Generated, Selectable } from "kysely";
import type { Scope } from "../access/scopes.ts";

/** The tables as queries see them: columns in camel case, jsonb columns as the values they hold. */
export interface Tables {
  runs: RunTable;
  runEvents: RunEventTable;
  artefacts: ArtefactTable;
  artefactUses: ArtefactUseTable;
  apiTokens: TokenTable;
  auditLog: AuditTable;
}

/** One row per run. What only an ended run knows is null until then. */
interface RunTable {
  id: string;
  /** Counts runs in the order of their creation, from 1. */
  number: Generated<number>;
  experiment: string;
  package: string;
  status: RunStatus;
  parameters: Readonly<Record<string, unknown>>;
  seed: number;
  device: DeviceKind;
  deviceName: string | null;
  idempotencyKey: string | null;
  versions: Readonly<Record<string, string>> | null;
  gitCommit: string | null;
  hardware: HardwareFingerprint | null;
  failureCode: string | null;
  failureMessage: string | null;
  metrics: Readonly<Record<string, number | null>> | null;
  expectations: readonly CheckedExpectation[] | null;
  progressDone: number | null;
  progressTotal: number | null;
  progressMessage: string | null;
  /** Sequence number of the run's newest event; written in the transaction that adds the event. */
  lastSequence: Generated<number>;
  createdAt: Date;
  cancelRequestedAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  seconds: number | null;
}

/** What happened in a run, append-only, in the order of `sequence`; progress that was overtaken before it was written is missing. */
interface RunEventTable {
  runId: string;
  sequence: number;
  type: RunEventType;
  /** Series of a point; name of a table, image or heat map; message of progress. */
  name: string | null;
  /** Step of a point; work done of progress. Numbers have columns of their own because jsonb can hold neither NaN nor infinities. */
  step: number | null;
  /** Value of a point; total of progress. */
  value: number | null;
  payload: EventPayload | null;
}

/** Bytes under the SHA-256 of their content, so that equal images are stored once and may be cached for ever. */
interface ArtefactTable {
  hash: string;
  mediaType: string;
  bytes: Uint8Array;
  /** When it was stored, last. */
  createdAt: Date;
}

/** An event of the run refers to the artefact. */
interface ArtefactUseTable {
  runId: string;
  hash: string;
}

interface TokenTable {
  id: string;
  name: string;
  /** SHA-256 of the secret, hexadecimal. */
  hash: string;
  scopes: readonly Scope[];
  createdAt: Date;
  expiresAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

/** A mutation that someone asked for. */
interface AuditTable {
  id: Generated<number>;
  at: Date;
  /** Both null without a token, or with one that is none. */
  tokenId: string | null;
  tokenName: string | null;
  address: string | null;
  action: string;
  parameters: unknown;
  outcome: string;
}

export type RunEventType = "began" | "progress" | "point" | "table" | "image" | "heatmap" | "note" | "finished";

type EventPayload = TablePayload | ImagePayload | HeatmapPayload | NotePayload;

export interface NotePayload {
  readonly message: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface TablePayload {
  readonly columns: readonly TableColumn[];
  /** NaN and infinities as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`. */
  readonly rows: readonly (readonly TableCell[])[];
}

export interface ImagePayload {
  readonly hash: string;
  readonly width: number;
  readonly height: number;
  readonly caption?: string;
}

export interface HeatmapPayload {
  /** The rendered picture. */
  readonly hash: string;
  /** The raw values: float32, little endian, row-major. */
  readonly valuesHash: string;
  readonly rows: number;
  readonly columns: number;
  readonly scale: "linear" | "log";
  /** Extremes of the finite values; null where there is none. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly rowLabel?: string;
  readonly columnLabel?: string;
  readonly caption?: string;
}

export type StoredRun = Selectable<RunTable>;
export type StoredEvent = Selectable<RunEventTable>;
export type StoredToken = Selectable<TokenTable>;
export type StoredAuditEntry = Selectable<AuditTable>;
export type Artefact = Selectable<ArtefactTable>;
