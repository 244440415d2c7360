import { useId } from "react";
import { chosen, numberText } from "../display/number-parts.ts";
import { type FieldValue, isDefault, isNumeric, type Parameter } from "./field-values.ts";

interface FieldProps {
  readonly parameter: Parameter;
  readonly value: FieldValue;
  readonly problem: string | undefined;
  readonly onChange: (value: FieldValue) => void;
}

/** Choices up to here are all shown; more go into a list that opens. */
const CHOICES_SHOWN = 3;

function boundsText({ kind, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Parameter): string {
  const least = minimum === null ? "" : `${exclusiveMinimum ? ">" : "≥"} ${numberText(chosen(minimum))}`;
  const most = maximum === null ? "" : `${exclusiveMaximum ? "<" : "≤"} ${numberText(chosen(maximum))}`;
  const closed = minimum !== null && maximum !== null && !exclusiveMinimum && !exclusiveMaximum;
  const range = closed
    ? `${numberText(chosen(minimum))} to ${numberText(chosen(maximum))}`
    : [least, most].filter(Boolean).join(" and ");
  return range || (kind === "INTEGER" ? "integer" : "number");
}

function Choice({
  parameter,
  value,
  onChange,
  id,
  describedBy,
}: FieldProps & { readonly id: string; readonly describedBy: string }) {
  const choices = parameter.choices ?? [];
  if (choices.length > CHOICES_SHOWN)
    return (
      <select
        id={id}
        className="input"
        value={String(value)}
        aria-describedby={describedBy}
        onChange={(event) => onChange(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  return (
    <div className="segmented fill" role="radiogroup" aria-labelledby={`${id}-label`} aria-describedby={describedBy}>
      {choices.map((choice) => (
        <label key={choice} className={choice === value ? "chosen" : undefined}>
          <input
            type="radio"
            name={`${id}-choice`}
            className="visually-hidden"
            checked={choice === value}
            onChange={() => onChange(choice)}
          />
          {choice}
        </label>
      ))}
    </div>
  );
}

function Control(props: FieldProps & { readonly id: string; readonly describedBy: string }) {
  const { parameter, value, problem, onChange, id, describedBy } = props;
  if (parameter.kind === "CHOICE") return <Choice {...props} />;
  if (parameter.kind === "BOOLEAN")
    return (
      <label className="switch">
        <input
          id={id}
          type="checkbox"
          checked={value === true}
          aria-describedby={describedBy}
          onChange={(event) => onChange(event.target.checked)}
        />
        {value === true ? "yes" : "no"}
      </label>
    );
  return (
    <input
      id={id}
      className="input"
      type="text"
      inputMode={parameter.kind === "INTEGER" ? "numeric" : parameter.kind === "NUMBER" ? "decimal" : "text"}
      autoComplete="off"
      spellCheck={false}
      value={String(value)}
      aria-invalid={problem !== undefined}
      aria-describedby={describedBy}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** One parameter with its label, description, bounds and, when the gateway refused it, the reason. */
export function ParameterField(props: FieldProps) {
  const { parameter, value, problem } = props;
  const id = useId();
  const changed = !isDefault(parameter, value);
  const isGroup = parameter.kind === "CHOICE" && (parameter.choices ?? []).length <= CHOICES_SHOWN;
  return (
    <div className={problem === undefined ? "field" : "field invalid"} data-parameter={parameter.name}>
      <div className="field-head">
        {isGroup ? (
          <span id={`${id}-label`} className="field-label">
            {parameter.label}
          </span>
        ) : (
          <label htmlFor={id} className="field-label">
            {parameter.label}
          </label>
        )}
        {changed && (
          <span className="field-changed" title={`default: ${String(parameter.default)}`}>
            changed
          </span>
        )}
        {isNumeric(parameter) && (
          <span id={`${id}-bounds`} className="field-bounds">
            {boundsText(parameter)}
          </span>
        )}
      </div>
      <Control {...props} id={id} describedBy={`${id}-problem ${id}-bounds ${id}-hint`} />
      <p id={`${id}-problem`} className="field-problem" role={problem === undefined ? undefined : "alert"}>
        {problem}
      </p>
      <p id={`${id}-hint`} className="field-hint">
        {parameter.description}
      </p>
    </div>
  );
}
