import { expect, test } from "vitest";
import { createClient } from "./client.ts";

/** A client of a hub that answers so, and what it was asked. */
function answering(respond: () => Response): { client: ReturnType<typeof createClient>; asked: unknown[][] } {
  const asked: unknown[][] = [];
  const client = createClient(async (address, options) => {
    asked.push([address, options?.method ?? "GET", options?.headers ?? {}, options?.body ?? ""]);
    return respond();
  });
  return { client, asked };
}

const error = (status: number, message: string) => Response.json({ error: { code: "X", message } }, { status });

test("createClient() gives what the hub says, and why it does not", async () => {
  const get = (respond: () => Response) => answering(respond).client.get("clusters");
  expect([
    await get(() => Response.json({ items: [1] })),
    await get(() => error(401, "The token is missing")),
    await get(() => error(404, "No such path")),
    await get(() => error(503, "Not ready")),
    await get(() => new Response("<html>", { status: 502 })),
    await get(() => new Response('{"items":[1,')),
    await get(() => {
      throw new TypeError("fetch failed");
    }),
    await answering(() => Response.json({ items: [1] })).client.list("clusters"),
  ]).toEqual([
    { ok: true, value: { items: [1] } },
    { ok: false, kind: "loggedOut", message: "The token is missing" },
    { ok: false, kind: "refused", message: "No such path" },
    { ok: false, kind: "away", message: "Not ready" },
    { ok: false, kind: "away", message: "The hub answered 502" },
    { ok: false, kind: "away", message: "The hub's answer broke off" },
    { ok: false, kind: "away", message: "The hub does not answer" },
    { ok: true, value: [1] },
  ]);
});

test("createClient() says with each change that it is the hub's own page", async () => {
  const { client, asked } = answering(() => new Response(null, { status: 204 }));
  const answers = [
    await client.send("POST", "freezes/lift", { reason: "over" }),
    await client.send("DELETE", "session"),
  ];
  expect([answers, asked]).toEqual([
    [
      { ok: true, value: undefined },
      { ok: true, value: undefined },
    ],
    [
      [
        "/api/v1/freezes/lift",
        "POST",
        { "x-drover-page": "1", "content-type": "application/json" },
        '{"reason":"over"}',
      ],
      ["/api/v1/session", "DELETE", { "x-drover-page": "1" }, ""],
    ],
  ]);
});
