import type { ComponentChildren } from "preact";
import type { Read } from "../use-read.ts";

/** Says that there is nothing, and what makes something of it. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** That something could not be read, or is still to come; nothing while all is well. */
export function Reading({ reads }: { readonly reads: readonly Read<unknown>[] }) {
  const problem = reads.find((read) => read.problem !== undefined)?.problem;
  if (problem !== undefined) {
    const isShown = reads.every(({ value }) => value !== undefined);
    return (
      <p class="callout bad" role="alert">
        {problem}. {isShown ? "What is shown may be old; it is read again by itself." : "It is tried again by itself."}
      </p>
    );
  }
  return reads.some(({ value }) => value === undefined) ? <p class="faint">Reading…</p> : null;
}
