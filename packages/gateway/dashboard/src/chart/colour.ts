/** The present value of a custom colour property, resolved for the theme in force: canvases know no `light-dark()`. */
export function resolveColour(host: HTMLElement, property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  probe.hidden = true;
  host.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

const SERIES_COLOURS = 6;

/** The custom property with the colour of the n-th curve. */
export function seriesColour(index: number): string {
  return `--series-${(index % SERIES_COLOURS) + 1}`;
}

const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4]];

/** Curves differ by dash as well as colour, so that they can be told apart without seeing colour. */
export function seriesDash(index: number): number[] {
  return [...DASHES[index % DASHES.length]];
}
