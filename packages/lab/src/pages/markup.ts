/** Text as HTML. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character]);
}

/** A number of an SVG, short. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
