import type { WireNumber } from "../schema/wire-number.ts";

/** What the demonstration asks of the API, and what it is answered. */
export const DEVICES_AND_EXPERIMENT = /* GraphQL */ `
  query ($experiment: ID!) {
    devices { kind available name reason }
    experiment(id: $experiment) { title }
  }
`;

export interface DevicesAndExperiment {
  readonly devices: readonly {
    readonly kind: string;
    readonly available: boolean;
    /** What it is; null when it is not available. */
    readonly name: string | null;
    readonly reason: string | null;
  }[];
  readonly experiment: { readonly title: string } | null;
}

export const START_RUN = /* GraphQL */ `
  mutation ($input: StartRunInput!) {
    startRun(input: $input) {
      __typename
      ... on RunStarted { run { id } }
      ... on UserError { message }
    }
  }
`;

export interface StartedRun {
  readonly startRun:
    | { readonly __typename: "RunStarted"; readonly run: { readonly id: string } }
    | { readonly __typename: "UserError"; readonly message: string };
}

export const CANCEL_RUN = "mutation ($id: ID!) { cancelRun(id: $id) { __typename } }";

export const RUN_UPDATES = /* GraphQL */ `
  subscription ($id: ID!) {
    runUpdates(id: $id) {
      __typename
      ... on RunProgressed { progress { done total message } }
      ... on RunFinished {
        run {
          status
          device { kind name }
          seed
          parameters
          seconds
          failure { code message }
          metrics { name label unit value }
          expectations { metric relation target tolerance actual met source }
          expectationsMet
        }
      }
    }
  }
`;

export interface RunUpdate {
  readonly runUpdates:
    | {
        readonly __typename: "RunProgressed";
        readonly progress: { readonly done: WireNumber; readonly total: WireNumber; readonly message: string | null };
      }
    | { readonly __typename: "RunFinished"; readonly run: EndedRun };
}

export interface EndedRun {
  readonly status: string;
  readonly device: { readonly kind: string; readonly name: string | null };
  readonly seed: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly seconds: number | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly metrics: readonly Metric[];
  readonly expectations: readonly {
    readonly metric: string;
    readonly relation: string;
    readonly target: WireNumber;
    readonly tolerance: WireNumber | null;
    readonly actual: WireNumber | null;
    readonly met: boolean;
    readonly source: string;
  }[];
  readonly expectationsMet: boolean | null;
}

export interface Metric {
  readonly name: string;
  readonly label: string;
  readonly unit: string | null;
  readonly value: WireNumber | null;
}
