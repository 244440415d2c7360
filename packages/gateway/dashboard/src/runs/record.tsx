import type { ReactNode } from "react";
import { Num } from "../display/number.tsx";
import { durationText, Moment } from "../display/time.tsx";
import type { RunFactsFragment } from "../generated/operations.ts";
import { ParameterValue } from "./parameter-summary.tsx";

function Entry({
  name,
  changed,
  children,
}: {
  readonly name: string;
  readonly changed?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div>
      <dt>
        {name}
        {changed === true && <span className="field-changed">changed</span>}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

function Parameters({ facts }: { readonly facts: RunFactsFragment }) {
  const declared = new Map(facts.experiment?.parameters.map((parameter) => [parameter.name, parameter]));
  const values = (facts.parameters ?? {}) as Readonly<Record<string, unknown>>;
  // Stored parameters come back in any order; a form has one.
  const names = [...new Set([...declared.keys(), ...Object.keys(values)])].filter((name) => name in values);
  return (
    <dl className="record">
      {names.map((name) => {
        const parameter = declared.get(name);
        return (
          <Entry
            key={name}
            name={parameter?.label ?? name}
            changed={parameter !== undefined && parameter.default !== values[name]}
          >
            <ParameterValue value={values[name]} />
          </Entry>
        );
      })}
      <Entry name="seed">
        <ParameterValue value={facts.seed} />
      </Entry>
    </dl>
  );
}

const GIBIBYTE = 2 ** 30;

function Circumstances({ facts }: { readonly facts: RunFactsFragment }) {
  const { device, hardware, versions, gitCommit, createdAt, startedAt, finishedAt, seconds } = facts;
  return (
    <dl className="record">
      <Entry name="device">{device.name ?? device.kind.toLowerCase()}</Entry>
      {hardware !== null && (
        <>
          <Entry name="processor">
            {hardware.cpu}, {hardware.cores} {hardware.cores === 1 ? "core" : "cores"}
          </Entry>
          <Entry name="memory">
            <Num value={Math.round(hardware.memoryBytes / GIBIBYTE)} unit="GiB" />
          </Entry>
          {hardware.gpu !== null && <Entry name="graphics">{hardware.gpu}</Entry>}
          <Entry name="platform">{hardware.platform}</Entry>
          <Entry name="hardware id">
            <code>{hardware.id}</code>
          </Entry>
        </>
      )}
      {versions.map(({ name, version }) => (
        <Entry key={name} name={name}>
          <code>{version}</code>
        </Entry>
      ))}
      {gitCommit !== null && (
        <Entry name="commit">
          <code title={gitCommit}>{gitCommit.replace(/^([0-9a-f]{12})[0-9a-f]*/, "$1")}</code>
          {gitCommit.endsWith("+") && <span className="faint"> with local changes</span>}
        </Entry>
      )}
      <Entry name="queued">
        <Moment at={createdAt} />
      </Entry>
      {startedAt !== null && (
        <Entry name="started">
          <Moment at={startedAt} />
        </Entry>
      )}
      {finishedAt !== null && (
        <Entry name="ended">
          <Moment at={finishedAt} />
        </Entry>
      )}
      {seconds !== null && <Entry name="duration">{durationText(seconds)}</Entry>}
    </dl>
  );
}

/** Everything needed to repeat the run and to trust its numbers. */
export function RunRecord({ facts }: { readonly facts: RunFactsFragment }) {
  return (
    <div className="record-columns">
      <section aria-labelledby="parameters-heading">
        <h3 id="parameters-heading">Parameters</h3>
        <Parameters facts={facts} />
      </section>
      <section aria-labelledby="circumstances-heading">
        <h3 id="circumstances-heading">Circumstances</h3>
        <Circumstances facts={facts} />
      </section>
    </div>
  );
}
