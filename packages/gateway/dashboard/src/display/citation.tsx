import type { PaperFactsFragment } from "../generated/operations.ts";

function authorsText(authors: readonly string[]): string {
  if (authors.length <= 3) return authors.join(", ");
  return `${authors[0]} et al.`;
}

/** Authors, year, title and the part reproduced, as a reference list would have it. */
export function Citation({ paper }: { readonly paper: PaperFactsFragment }) {
  const authors = authorsText(paper.authors);
  const year = paper.year === null ? "" : ` (${paper.year})`;
  return (
    <span className="citation">
      {authors && `${authors}${year}. `}
      {paper.url === null ? (
        <cite>{paper.title}</cite>
      ) : (
        <a href={paper.url} target="_blank" rel="noreferrer">
          <cite>{paper.title}</cite>
        </a>
      )}
      {!authors && year}
      {paper.section !== null && <span className="citation-section">, {paper.section}</span>}
    </span>
  );
}
