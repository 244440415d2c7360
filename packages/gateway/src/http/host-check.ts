const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === "::1";
}

/**
 * Whether a request was meant for this gateway, by its Host header. A gateway that listens on this machine alone is reached under a name
 * of this machine only: any other is a web page elsewhere whose name was pointed here (DNS rebinding) to read what its visitor may read.
 * @param listening the address the gateway listens on.
 * @param allowed further names, without port. On other addresses they are the only ones; none means any.
 */
export function isExpectedHost(header: string | undefined, listening: string, allowed: readonly string[]): boolean {
  const name = header?.replace(/:\d+$/, "").toLowerCase() ?? "";
  if (allowed.some((each) => each.toLowerCase() === name) || LOOPBACK.test(name)) return true;
  return !isLoopback(listening) && allowed.length === 0;
}
