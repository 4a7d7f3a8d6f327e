import type { ComponentChildren } from "preact";
import type { Tone } from "../tone.ts";

const signs: Readonly<Record<Tone, string>> = { bad: "✕", warn: "!", busy: "◐", quiet: "○", good: "✓" };

/** A state in a word, with a sign, so that nobody has to tell colours apart. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{signs[tone]}</span> {children}
    </span>
  );
}
