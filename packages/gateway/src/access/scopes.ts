/** What a token allows: to read everything, to start and stop runs, to record results measured elsewhere, and all of it. */
export const SCOPES = ["read", "run", "record", "admin"] as const;

export type Scope = (typeof SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
