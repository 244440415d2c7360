import type { ReactNode } from "react";
import { useTitle } from "./title.ts";

export function NotFoundPage({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useTitle(title);
  return (
    <div className="page-head">
      <h1>{title}</h1>
      <p className="lead">{children}</p>
    </div>
  );
}
