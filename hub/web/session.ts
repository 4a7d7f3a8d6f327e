import { type ReadonlySignal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Client } from "./client.ts";
import { createLive, type Live } from "./live.ts";

export type Login =
  | { readonly kind: "asking" }
  | { readonly kind: "in"; readonly name: string }
  /** `reason`: why, where that is worth saying. */
  | { readonly kind: "out"; readonly reason: string };

/** Who looks, and what the hub tells them. */
export interface Session {
  readonly client: Client;
  readonly live: Live;
  readonly login: ReadonlySignal<Login>;
  /** Whether this browser is logged in already. */
  open(): Promise<void>;
  /** Returns why not; undefined when it worked. */
  logIn(token: string): Promise<string | undefined>;
  logOut(): Promise<void>;
  /** The hub does not know the session any more. */
  ended(): void;
}

export function createSession(client: Client): Session {
  const login = signal<Login>({ kind: "asking" });
  const ended = () => leave("The session has ended: log in again");
  const live = createLive({ client, now: Date.now, loggedOut: ended });

  function enter(name: string): void {
    login.value = { kind: "in", name };
    live.start();
  }
  function leave(reason: string): void {
    live.stop();
    login.value = { kind: "out", reason };
  }

  return {
    client,
    live,
    login,
    ended,
    async open() {
      const answer = await client.get<{ name: string }>("session");
      if (answer.ok) enter(answer.value.name);
      else leave(answer.kind === "loggedOut" ? "" : answer.message);
    },
    async logIn(token) {
      const answer = await client.send("POST", "session", { token });
      if (!answer.ok) return answer.message;
      enter((answer.value as { name: string }).name);
      return undefined;
    },
    async logOut() {
      const answer = await client.send("DELETE", "session");
      leave(answer.ok ? "" : `This browser may still be logged in: ${answer.message}`);
    },
  };
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("no session around this component");
  return session;
}
