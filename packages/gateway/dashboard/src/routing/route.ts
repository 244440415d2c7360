/** The pages of the dashboard. */
export type Route =
  | { readonly page: "home" }
  | { readonly page: "experiment"; readonly id: string; readonly like: string | null }
  | { readonly page: "run"; readonly id: string }
  | { readonly page: "compare"; readonly ids: readonly string[] }
  | { readonly page: "unknown" };

/** More live runs than this would use up the connections a browser opens to one host. */
export const MOST_COMPARED = 4;

export function parseAddress(address: string): Route {
  const url = new URL(address, "http://dashboard");
  const [first, ...rest] = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  if (first === undefined) return { page: "home" };
  if (first === "experiments" && rest.length > 0)
    return { page: "experiment", id: rest.join("/"), like: url.searchParams.get("like") };
  if (first === "runs" && rest.length === 1) return { page: "run", id: rest[0] };
  if (first === "compare") {
    const ids = (url.searchParams.get("runs") ?? "").split(",").filter(Boolean);
    return { page: "compare", ids: [...new Set(ids)].slice(0, MOST_COMPARED) };
  }
  return { page: "unknown" };
}

/** `like`: a run whose parameters the form starts from. */
export function experimentAddress(id: string, like?: string): string {
  const path = `/experiments/${id.split("/").map(encodeURIComponent).join("/")}`;
  return like === undefined ? path : `${path}?like=${encodeURIComponent(like)}`;
}

export function runAddress(id: string): string {
  return `/runs/${encodeURIComponent(id)}`;
}

export function compareAddress(ids: readonly string[]): string {
  return `/compare?runs=${ids.map(encodeURIComponent).join(",")}`;
}
