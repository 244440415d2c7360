import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { GatewayUnreachableError } from "../api/connection.ts";
import { deviceText } from "../display/device.tsx";
import type { DeviceFactsFragment, DeviceKind } from "../generated/operations.ts";
import { navigate } from "../routing/location.tsx";
import { compareAddress, runAddress } from "../routing/route.ts";
import { newIdempotencyKey, startRun } from "../runs/start-run.ts";
import { DeviceChoice } from "./device-choice.tsx";
import { type FieldValues, initialValues, isDefault, type Parameter, parseForm, typedNumber } from "./field-values.ts";
import { ParameterField } from "./parameter-field.tsx";

/** Seeds drawn here stay short enough to read and copy. */
const LARGEST_DRAWN_SEED = 2 ** 31;

export interface FormStart {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly device: DeviceKind;
}

interface RunFormProps {
  readonly experiment: string;
  readonly parameters: readonly Parameter[];
  readonly devices: readonly DeviceFactsFragment[];
  /** A run to start from instead of the defaults. */
  readonly like?: FormStart | undefined;
}

interface Submission {
  /** Keys of the last request, kept for an identical one after its answer was lost. */
  readonly content: string;
  readonly keys: Readonly<Record<string, string>>;
}

function SeedField({
  value,
  problem,
  onChange,
}: {
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (seed: string) => void;
}) {
  const id = useId();
  return (
    <div className={problem === undefined ? "field" : "field invalid"} data-parameter="seed">
      <div className="field-head">
        <label htmlFor={id} className="field-label">
          seed
        </label>
        <button
          type="button"
          className="link-button"
          onClick={() => onChange(String(Math.floor(Math.random() * LARGEST_DRAWN_SEED)))}
        >
          draw one
        </button>
      </div>
      <input
        id={id}
        className="input"
        type="text"
        inputMode="numeric"
        autoComplete="off"
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem ${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-problem`} className="field-problem" role={problem === undefined ? undefined : "alert"}>
        {problem}
      </p>
      <p id={`${id}-hint`} className="field-hint">
        root of all random numbers: the same seed gives the same run
      </p>
    </div>
  );
}

function preferredDevice(devices: readonly DeviceFactsFragment[], wanted: DeviceKind | undefined): DeviceKind {
  const available = devices.filter((device) => device.available);
  return (
    available.find(({ kind }) => kind === wanted)?.kind ??
    available.find(({ kind }) => kind === "CPU")?.kind ??
    available[0]?.kind ??
    "CPU"
  );
}

/** The form generated from an experiment's parameters. It starts one run, or one on every available device, and goes there. */
export function RunForm({ experiment, parameters, devices, like }: RunFormProps) {
  const [values, setValues] = useState<FieldValues>(() => initialValues(parameters, like?.parameters));
  const [seed, setSeed] = useState(String(like?.seed ?? 0));
  const [device, setDevice] = useState<DeviceKind>(() => preferredDevice(devices, like?.device));
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const [message, setMessage] = useState("");
  const [refusals, setRefusals] = useState(0);
  const [busy, setBusy] = useState(false);
  const submission = useRef<Submission>({ content: "", keys: {} });
  const form = useRef<HTMLFormElement>(null);
  const available = devices.filter((each) => each.available).map(({ kind }) => kind);
  const changed = parameters.some((parameter) => !isDefault(parameter, values[parameter.name]));

  // biome-ignore lint/correctness/useExhaustiveDependencies: every refusal leads to the first marked field, even to the same one again.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>(".field.invalid input, .field.invalid select")?.focus();
  }, [refusals]);

  const refuse = (fields: Readonly<Record<string, string>>, rest: string) => {
    setProblems(fields);
    setMessage(rest || (Object.keys(fields).length > 0 ? "Nothing was started: see the marked fields." : ""));
    setRefusals((count) => count + 1);
  };

  const keyFor = (kind: DeviceKind, content: string): string => {
    if (submission.current.content !== content) submission.current = { content, keys: {} };
    const key = submission.current.keys[kind] ?? newIdempotencyKey();
    submission.current = { content, keys: { ...submission.current.keys, [kind]: key } };
    return key;
  };

  const start = async (kinds: readonly DeviceKind[]) => {
    const parsed = parseForm(parameters, values);
    const seedNumber = typedNumber(seed);
    const found = seedNumber === undefined ? { ...parsed.problems, seed: "An integer is needed." } : parsed.problems;
    if (Object.keys(found).length > 0 || seedNumber === undefined) return refuse(found, "");
    setBusy(true);
    setMessage("");
    try {
      const request = { experiment, parameters: parsed.parameters, seed: seedNumber };
      const content = JSON.stringify(request);
      const started: string[] = [];
      for (const kind of kinds) {
        const outcome = await startRun({ ...request, device: kind, idempotencyKey: keyFor(kind, content) });
        if (outcome.started !== null) started.push(outcome.started);
        else if (started.length === 0) return refuse(outcome.fields, outcome.message);
      }
      submission.current = { content: "", keys: {} };
      navigate(started.length === 1 ? runAddress(started[0]) : compareAddress(started));
    } catch (error) {
      setMessage(
        error instanceof GatewayUnreachableError
          ? "The gateway did not answer. Press the button again when it is back: nothing is started twice."
          : (error as Error).message,
      );
    } finally {
      setBusy(false);
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void start([device]);
  };

  return (
    <form ref={form} className="run-form" onSubmit={submit} noValidate aria-label="New run">
      <div className="fields">
        {parameters.map((parameter) => (
          <ParameterField
            key={parameter.name}
            parameter={parameter}
            value={values[parameter.name]}
            problem={problems[parameter.name]}
            onChange={(value) => {
              setValues({ ...values, [parameter.name]: value });
              const { [parameter.name]: _, ...others } = problems;
              setProblems(others);
            }}
          />
        ))}
        <SeedField value={seed} problem={problems.seed} onChange={setSeed} />
      </div>
      <DeviceChoice devices={devices} chosen={device} problem={problems.device} onChoose={setDevice} />
      <div className="form-actions">
        <button type="submit" className="button primary" disabled={busy || available.length === 0}>
          Start on {deviceText(device)}
        </button>
        {available.length > 1 && (
          <button type="button" className="button" disabled={busy} onClick={() => void start(available)}>
            Start on {available.length === 2 ? "both" : `all ${available.length}`} devices, side by side
          </button>
        )}
        {changed && (
          <button type="button" className="link-button" onClick={() => setValues(initialValues(parameters))}>
            Back to the defaults
          </button>
        )}
        <p className="form-message" role="alert">
          {message}
        </p>
      </div>
    </form>
  );
}
