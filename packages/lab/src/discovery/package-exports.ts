/**
 * The file a package exports under `subpath` (`"./experiments"`) for the given conditions, relative to its folder; undefined when it exports none.
 * Covers exact subpaths with conditions and fallback arrays, which is what entry points are written with; patterns are not looked at.
 * Source: Node.js documentation, "Modules: Packages", resolution algorithm (PACKAGE_EXPORTS_RESOLVE).
 */
export function resolveExport(exports: unknown, subpath: string, conditions: ReadonlySet<string>): string | undefined {
  if (exports === null || typeof exports !== "object" || !Object.hasOwn(exports, subpath)) return undefined;
  return resolveTarget((exports as Record<string, unknown>)[subpath], conditions) ?? undefined;
}

/** Null ends the search (the package hides the path), undefined goes on to the next condition. */
function resolveTarget(target: unknown, conditions: ReadonlySet<string>): string | null | undefined {
  if (typeof target === "string" || target === null) return target;
  if (Array.isArray(target)) {
    for (const alternative of target) {
      const resolved = resolveTarget(alternative, conditions);
      if (resolved) return resolved;
    }
    return undefined;
  }
  for (const [condition, nested] of Object.entries((target ?? {}) as Record<string, unknown>)) {
    if (condition !== "default" && !conditions.has(condition)) continue;
    const resolved = resolveTarget(nested, conditions);
    if (resolved !== undefined) return resolved;
  }
  return undefined;
}

/**
 * The conditions `import` resolves with in this process. Node does not tell them, so they are read from its command line;
 * running from TypeScript sources means that `ansatz-source` is one of them, whoever loads the modules.
 */
export function activeConditions(
  arguments_: readonly string[] = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)],
): Set<string> {
  const conditions = new Set(["node", "import", "module-sync"]);
  if (import.meta.url.endsWith(".ts")) conditions.add("ansatz-source");
  for (const [index, argument] of arguments_.entries()) {
    const [, name, value] = /^(--conditions|-C)(?:=(.*))?$/.exec(argument) ?? [];
    const condition = value ?? (name && arguments_[index + 1]);
    if (condition) conditions.add(condition);
  }
  return conditions;
}
