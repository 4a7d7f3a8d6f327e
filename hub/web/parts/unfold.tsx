import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

export interface UnfoldProps {
  readonly summary: ComponentChildren;
  readonly open?: boolean;
  /** Made when it is opened. */
  readonly children: () => ComponentChildren;
}

/** What is there only while it is open. */
export function Unfold({ summary, open = false, children }: UnfoldProps) {
  const isOpen = useSignal(open);
  return (
    <details
      open={isOpen.value}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>{summary}</summary>
      {isOpen.value ? children() : null}
    </details>
  );
}
