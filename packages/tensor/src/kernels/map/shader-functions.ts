import { mapActivationsShader, mapArithmeticShader, mapFunctionsShader, mapHyperbolicShader } from "#kernels/map";

/** The declarations of map's WGSL by name, in order. */
const DECLARATIONS: ReadonlyMap<string, string> = new Map(
  [mapArithmeticShader, mapFunctionsShader, mapHyperbolicShader, mapActivationsShader]
    .flatMap((shader) => shader.split(/^(?=(?:fn|const|struct) )/m))
    .flatMap((text) => {
      const name = /^(?:fn|const|struct) (\w+)/.exec(text)?.[1];
      return name ? [[name, text] as const] : [];
    }),
);

/** WGSL code with the functions of `map` that it uses before it: all of them would take a compiler many times as long. */
export function withMapFunctions(code: string): string {
  const used = new Set<string>();
  const use = (text: string): void => {
    for (const [name] of text.matchAll(/\b[A-Za-z]\w*/g)) {
      const declaration = DECLARATIONS.get(name);
      if (!declaration || used.has(name)) continue;
      used.add(name);
      use(declaration);
    }
  };
  use(code);
  return [...[...DECLARATIONS].filter(([name]) => used.has(name)).map(([, text]) => text), code].join("\n");
}
