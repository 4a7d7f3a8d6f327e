import { afterEach, expect, test } from "vitest";
import type { Answer, Client } from "./client.ts";
import { createSession, type Session } from "./session.ts";

const loggedOut = { ok: false, kind: "loggedOut", message: "The token is missing" } as const;

let open: Session | undefined;
afterEach(() => open?.live.stop());

/** A session at a hub that knows one token; until `forget` is called. */
function start(): { readonly session: Session; forget(): void } {
  let known = false;
  let end: (() => void) | undefined;
  const client: Client = {
    list: async () => loggedOut,
    get: async <T>() => (known ? { ok: true, value: { name: "ann" } } : loggedOut) as Answer<T>,
    async send(method, _path, body) {
      known = method === "POST" && (body as { token: string }).token === "right";
      if (method === "DELETE") return { ok: true, value: undefined };
      return known ? { ok: true, value: { name: "ann" } } : { ...loggedOut, message: "The token is wrong" };
    },
    async changes(signal) {
      if (!known) return loggedOut;
      const value = new ReadableStream<Uint8Array>({
        start(controller) {
          end = () => controller.close();
          signal.addEventListener("abort", () => controller.error(signal.reason));
        },
      });
      return { ok: true, value };
    },
  };
  open = createSession(client);
  return {
    session: open,
    forget() {
      known = false;
      end?.();
    },
  };
}

test("createSession() asks for a token only where the browser has no session", async () => {
  const { session } = start();
  expect(session.login.value).toEqual({ kind: "asking" });
  await session.open();
  const before = session.login.value;
  const wrong = await session.logIn("wrong");
  const right = await session.logIn("right");
  const inside = session.login.value;
  await session.open();
  const again = session.login.value;
  await session.logOut();
  expect([before, wrong, right, inside, again, session.login.value]).toEqual([
    { kind: "out", reason: "" },
    "The token is wrong",
    undefined,
    { kind: "in", name: "ann" },
    { kind: "in", name: "ann" },
    { kind: "out", reason: "" },
  ]);
});

test("createSession() notices by its stream that the hub knows it no more", async () => {
  const { session, forget } = start();
  await session.logIn("right");
  forget();
  await expect
    .poll(() => session.login.value, { timeout: 30_000 })
    .toEqual({
      kind: "out",
      reason: "The session has ended: log in again",
    });
});
