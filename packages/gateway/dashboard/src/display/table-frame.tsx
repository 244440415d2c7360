import type { ReactNode } from "react";

interface TableFrameProps {
  /** What the table shows, for those who come to it with the keyboard. */
  readonly label: string;
  readonly children: ReactNode;
}

/** The border of a table. What does not fit scrolls inside it, with the arrow keys too. */
export function TableFrame({ label, children }: TableFrameProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without focus a keyboard cannot scroll it.
    <section className="table-frame" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
