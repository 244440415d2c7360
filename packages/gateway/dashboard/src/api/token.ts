const STORED_AS = "ansatz-token";

/** What this browser sends to be let in; null: nothing. */
export function storedToken(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

/** Keeps a token in this browser; null forgets it. */
export function storeToken(token: string | null): void {
  try {
    if (token === null) localStorage.removeItem(STORED_AS);
    else localStorage.setItem(STORED_AS, token);
  } catch {}
}

/** Takes the token out of the link that `ansatz-gateway start` prints, so that the address can be shown and shared without it. */
export function takeTokenFromAddress(): void {
  const [, token] = /^#token=(\S+)$/.exec(location.hash) ?? [];
  if (token === undefined) return;
  storeToken(token);
  history.replaceState(null, "", location.pathname + location.search);
}

/** Headers of every request to the gateway. */
export function requestHeaders(accept: string): Record<string, string> {
  const token = storedToken();
  return {
    "content-type": "application/json",
    accept,
    ...(token !== null && { authorization: `Bearer ${token}` }),
  };
}
