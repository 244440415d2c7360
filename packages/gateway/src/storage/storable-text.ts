/** Text as PostgreSQL can hold it: NUL and lone surrogates become U+FFFD, the replacement character. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** A value as JSON that a jsonb column can hold. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, member) => (typeof member === "string" ? storableText(member) : member));
}
