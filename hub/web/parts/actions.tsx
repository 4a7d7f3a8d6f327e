import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Action } from "../actions.ts";
import { useSession } from "../session.ts";

/** What people may do here; nothing happens before they have said yes. */
export function Actions({ actions }: { readonly actions: readonly Action[] }) {
  const asked = useSignal<Action | undefined>(undefined);
  return (
    <div class="actions">
      {actions.map((action) => (
        <button key={action.label} type="button" onClick={() => (asked.value = action)}>
          {action.label}
        </button>
      ))}
      {asked.value === undefined ? null : <Confirm action={asked.value} close={() => (asked.value = undefined)} />}
    </div>
  );
}

function Confirm({ action, close }: { readonly action: Action; readonly close: () => void }) {
  const { client, ended } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const problem = useSignal("");
  const busy = useSignal(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function perform(reason: string): Promise<void> {
    busy.value = true;
    const answer = await client.send(
      "POST",
      action.path,
      action.takesReason ? { ...action.body, reason } : action.body,
    );
    busy.value = false;
    if (answer.ok) close();
    else if (answer.kind === "loggedOut") ended();
    else problem.value = answer.message;
  }
  function submit(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const reason = new FormData(event.currentTarget).get("reason");
    void perform(typeof reason === "string" ? reason.trim() : "");
  }

  return (
    <dialog ref={dialog} class="card" aria-labelledby="asked" onClose={close}>
      <form onSubmit={submit}>
        <h2 id="asked">{action.label}?</h2>
        <p>{action.consequence}</p>
        {action.takesReason ? (
          <label>
            Why <span class="faint">(kept in the history)</span>
            <input name="reason" maxLength={1000} />
          </label>
        ) : null}
        {problem.value === "" ? null : (
          <p class="callout bad" role="alert">
            {problem}
          </p>
        )}
        <p class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy.value}>
            {action.label}
          </button>
        </p>
      </form>
    </dialog>
  );
}
