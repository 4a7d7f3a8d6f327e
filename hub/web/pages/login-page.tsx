import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";

export interface LoginPageProps {
  /** Why somebody has to log in; "" at first. */
  readonly reason: string;
  /** Returns why not; undefined when it worked. */
  readonly logIn: (token: string) => Promise<string | undefined>;
}

export function LoginPage({ reason, logIn }: LoginPageProps) {
  const problem = useSignal(reason);
  const busy = useSignal(false);

  async function enter(token: string): Promise<void> {
    busy.value = true;
    problem.value = (await logIn(token)) ?? "";
    busy.value = false;
  }
  function submit(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    if (typeof token !== "string" || token.trim() === "") problem.value = "Enter a token";
    else void enter(token.trim());
  }

  return (
    <main class="login">
      <form class="card" onSubmit={submit}>
        <h1>Drover</h1>
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" autofocus required />
        {problem.value === "" ? null : (
          <p class="callout bad" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" disabled={busy.value}>
          Log in
        </button>
        <p class="faint">
          Yours is from <code>drover token create NAME</code>; the administrator's is in the hub's{" "}
          <code>DATA/admin-token</code>.
        </p>
      </form>
    </main>
  );
}
