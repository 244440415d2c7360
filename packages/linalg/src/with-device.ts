import { type Device, openDevice } from "@ansatz/tensor";

/** Runs `body` on the given device, or on a cpu device of its own. */
export async function withDevice<Result>(
  given: Device | undefined,
  body: (device: Device) => Promise<Result>,
): Promise<Result> {
  if (given) return body(given);
  await using device = await openDevice("cpu");
  return await body(device);
}
