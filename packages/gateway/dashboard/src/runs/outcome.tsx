import { fromWire } from "../api/real.ts";
import { Num } from "../display/number.tsx";
import type { RunFactsFragment } from "../generated/operations.ts";
import { Direction } from "./run-table.tsx";
import { hasEnded } from "./run-view.ts";

/** The declared metrics with the run's values; dashes keep the places until they are known. */
export function Metrics({ facts }: { readonly facts: RunFactsFragment }) {
  if (hasEnded(facts.status) && facts.metrics.length === 0)
    return <p className="faint">The run ended before it had numbers.</p>;
  const declared = facts.experiment?.metrics ?? [];
  const values = new Map(facts.metrics.map((metric) => [metric.name, metric.value]));
  const shown = facts.metrics.length > 0 ? facts.metrics : declared;
  return (
    <dl className="metrics">
      {shown.map(({ name, label, unit, better }) => {
        const value = values.get(name);
        return (
          <div key={name}>
            <dt>
              {label}
              <Direction better={better} />
            </dt>
            <dd>
              <Num
                value={value === undefined || value === null ? null : fromWire(value)}
                unit={value === undefined || value === null ? null : unit}
              />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

type Expectation = RunFactsFragment["expectations"][number];

function Bound({ expectation }: { readonly expectation: Expectation }) {
  const target = <Num value={fromWire(expectation.target)} kind="chosen" />;
  switch (expectation.relation) {
    case "AT_MOST":
      return <>≤ {target}</>;
    case "AT_LEAST":
      return <>≥ {target}</>;
    case "WITHIN":
      return (
        <>
          {target} ±{" "}
          <Num value={expectation.tolerance === null ? null : fromWire(expectation.tolerance)} kind="chosen" />
        </>
      );
  }
}

/** The paper's numbers, whether this run reached them, and where they come from. */
export function Expectations({ facts }: { readonly facts: RunFactsFragment }) {
  const labels = new Map(facts.metrics.map(({ name, label }) => [name, label]));
  return (
    <ul className="expectations">
      {facts.expectations.map((expectation) => (
        <li
          key={`${expectation.metric} ${expectation.relation} ${expectation.target}`}
          className={expectation.met ? "met" : "unmet"}
        >
          <span className="expectation-mark">{expectation.met ? "met" : "not met"}</span>
          <span className="expectation-claim">
            {labels.get(expectation.metric) ?? expectation.metric} <Bound expectation={expectation} />
          </span>
          <span className="expectation-detail">
            measured <Num value={expectation.actual === null ? null : fromWire(expectation.actual)} /> ·{" "}
            {expectation.source}
          </span>
        </li>
      ))}
    </ul>
  );
}
