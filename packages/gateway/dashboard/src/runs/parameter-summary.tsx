import { Num } from "../display/number.tsx";

export interface DeclaredParameter {
  readonly name: string;
  readonly label: string;
  readonly default: unknown;
}

/** A parameter as it was given. */
export function ParameterValue({ value }: { readonly value: unknown }) {
  if (typeof value === "number") return <Num value={value} kind="chosen" />;
  if (typeof value === "boolean") return <>{value ? "yes" : "no"}</>;
  return <>{String(value)}</>;
}

interface ParameterSummaryProps {
  /** The parameters of a run, by name. */
  readonly given: unknown;
  readonly declared: readonly DeclaredParameter[];
}

/** What was changed from the experiment's defaults, in the order of its form. */
export function ParameterSummary({ given, declared }: ParameterSummaryProps) {
  const values = (given ?? {}) as Readonly<Record<string, unknown>>;
  const changed = declared.filter(({ name, default: standard }) => name in values && values[name] !== standard);
  if (changed.length === 0) return <span className="faint">default parameters</span>;
  return (
    <span className="parameter-summary">
      {changed.map(({ name, label }) => (
        <span key={name}>
          {label}{" "}
          <b>
            <ParameterValue value={values[name]} />
          </b>
        </span>
      ))}
    </span>
  );
}
