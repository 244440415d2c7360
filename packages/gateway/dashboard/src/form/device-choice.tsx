import { useId } from "react";
import { deviceDetail, deviceText } from "../display/device.tsx";
import type { DeviceFactsFragment, DeviceKind } from "../generated/operations.ts";

interface DeviceChoiceProps {
  readonly devices: readonly DeviceFactsFragment[];
  readonly chosen: DeviceKind;
  readonly problem: string | undefined;
  readonly onChoose: (kind: DeviceKind) => void;
}

/** The devices of this machine; those that are not there say why and what would help. */
export function DeviceChoice({ devices, chosen, problem, onChoose }: DeviceChoiceProps) {
  const id = useId();
  return (
    <fieldset className="device-choice">
      <legend className="field-label">device</legend>
      {devices.map(({ kind, available, name, reason, remedy }) => (
        <label key={kind} className={available ? "device-option" : "device-option unavailable"}>
          <input
            type="radio"
            name={`${id}-device`}
            value={kind}
            checked={kind === chosen}
            disabled={!available}
            aria-describedby={`${id}-${kind}`}
            onChange={() => onChoose(kind)}
          />
          <span>
            <span className="device-kind">{deviceText(kind)}</span>
            <span id={`${id}-${kind}`} className="device-detail">
              {available && name !== null ? deviceDetail(kind, name) : `Not available: ${reason}. ${remedy}`}
            </span>
          </span>
        </label>
      ))}
      {problem !== undefined && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </fieldset>
  );
}
