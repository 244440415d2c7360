import type { DeviceKind } from "../generated/operations.ts";

/** Names of devices as everywhere else in Ansatz: `cpu`, `webgpu`, `tensorflow`. */
export function deviceText(kind: DeviceKind): string {
  return kind.toLowerCase();
}

export function DeviceTag({ kind, name }: { readonly kind: DeviceKind; readonly name?: string | null }) {
  return (
    <span className="device-tag" title={name ?? undefined}>
      {deviceText(kind)}
    </span>
  );
}

/** `"cpu: 2 threads, relaxed SIMD"` without the kind, which stands beside it already. */
export function deviceDetail(kind: DeviceKind, name: string): string {
  const prefix = `${deviceText(kind)}: `;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
