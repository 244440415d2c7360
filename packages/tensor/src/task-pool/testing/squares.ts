/** A task to try pools with. */
export function squares({ add }: { readonly add: number }): (task: number) => Promise<number> {
  if (Number.isNaN(add)) throw new Error("add is no number");
  return async (task) => {
    if (task < 0) throw new Error(`no root of ${task}`);
    return task * task + add;
  };
}
