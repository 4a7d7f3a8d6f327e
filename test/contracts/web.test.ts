import { gunzipSync } from "node:zlib";
import { Agent, request } from "undici";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../programs/index.ts";
import { type ApiHub, fillFleet, startApiHub, token } from "./http-api-fixture.ts";

let hub: ApiHub;

beforeEach(async () => {
  hub = await startApiHub();
  fillFleet(hub.state);
});
afterEach(() => hub.close());

const ours = { "x-drover-page": "1", "content-type": "application/json" };

async function ask(path: string, options: Parameters<typeof request>[1] = {}) {
  const { statusCode: status, headers, body } = await request(`${hub.url}${path}`, options);
  return { status, headers, text: await body.text() };
}

/** Value of a Cookie header, as a browser sends it after logging in. */
async function logIn(): Promise<string> {
  const { headers } = await ask("/api/v1/session", { method: "POST", headers: ours, body: JSON.stringify({ token }) });
  return String(headers["set-cookie"]).split(";")[0] ?? "";
}

test("each address of the web UI has the same page, which runs and asks nothing but what the hub serves", async () => {
  const page = await ask("/");
  const same = await Promise.all(
    ["/environments/prod", "/clusters", "/clusters/edge-1", "/drift"].map(async (path) => (await ask(path)).text),
  );
  expect([page.status, page.headers["content-type"], page.headers["cache-control"]]).toEqual([
    200,
    "text/html; charset=utf-8",
    "no-cache",
  ]);
  expect(same).toEqual([page.text, page.text, page.text, page.text]);
  expect(page.headers["content-security-policy"]).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  );
  // No script, style or handler in the text, which that policy would refuse.
  expect(page.text).not.toMatch(/<style|<script(?![^>]* src=)| on\w+=| style=/);
  expect((await ask("/api/v1/nowhere")).status).toBe(404);
});

test("the page's assets are of this origin, whole under either encoding, and may be kept for ever", async () => {
  const { text } = await ask("/");
  const paths = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
  expect(paths.map((path) => path.replace(/-[0-9A-Z]{8}\./, "-HASH."))).toEqual([
    "/assets/icon-HASH.svg",
    "/assets/style-HASH.css",
    "/assets/main-HASH.js",
  ]);
  for (const path of paths) {
    const plain = await ask(path);
    const packed = await request(`${hub.url}${path}`, { headers: { "accept-encoding": "br, gzip" } });
    expect([plain.status, plain.headers["cache-control"], plain.headers["x-content-type-options"]]).toEqual([
      200,
      "public, max-age=31536000, immutable",
      "nosniff",
    ]);
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(Buffer.from(await packed.body.arrayBuffer())).toString()).toBe(plain.text);
    expect(plain.text).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/);
  }
  const missing = await Promise.all(
    ["/assets/main-AAAAAAAA.js", "/assets/index.html", "/assets/..%2findex.html"].map((path) => ask(path)),
  );
  expect(missing.map(({ status, headers }) => [status, headers["cache-control"]])).toEqual([
    [404, "no-store"],
    [404, "no-store"],
    [404, "no-store"],
  ]);
});

test("a login gives a session that reads, follows and, from the hub's own page only, changes", async () => {
  const cookie = await logIn();
  const sync = { method: "POST", body: "{}" } as const;
  const json = { cookie, "content-type": "application/json" };
  expect([
    (await ask("/api/v1/session", { headers: { cookie } })).text,
    (await ask("/api/v1/environments", { headers: { cookie } })).status,
    (await ask("/api/v1/environments/dev/sync", { ...sync, headers: json })).status,
    (await ask("/api/v1/environments/dev/sync", { ...sync, headers: { ...json, ...ours } })).status,
    hub.calls,
  ]).toEqual(['{"name":"admin"}', 200, 403, 204, [["sync", "dev", { cluster: undefined, actor: "admin" }]]]);

  const events = await request(`${hub.url}/api/v1/events`, { headers: { cookie } });
  await until("the stream to be open", async () => hub.listeners() === 1 || undefined);
  events.body.on("error", () => undefined).destroy();
  await until("the stream to be closed", async () => hub.listeners() === 0 || undefined);
});

test("a session of HTTPS is never sent without it", async () => {
  const dispatcher = new Agent({ connect: { ca: hub.ca } });
  const body = JSON.stringify({ token });
  const post = { method: "POST", headers: ours, body } as const;
  const direct = await request(`${hub.httpsUrl}/api/v1/session`, { ...post, dispatcher });
  await direct.body.dump();
  await dispatcher.close();
  const plain = await ask("/api/v1/session", post);
  const proxied = await ask("/api/v1/session", { ...post, headers: { ...ours, "x-forwarded-proto": "https" } });
  expect([direct, plain, proxied].map(({ headers }) => String(headers["set-cookie"]).split("; ").slice(1))).toEqual([
    ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200", "Secure"],
    ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200"],
    ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200", "Secure"],
  ]);
});

test("a login needs a token of the hub, and the hub's own page", async () => {
  const post = (headers: Record<string, string>, body: object) =>
    ask("/api/v1/session", { method: "POST", headers, body: JSON.stringify(body) });
  const wrong = await post(ours, { token: "another" });
  const foreign = await post({ "content-type": "application/json" }, { token });
  const out = await ask("/api/v1/session", { method: "DELETE" });
  expect([
    [wrong.status, wrong.headers["set-cookie"], JSON.parse(wrong.text)],
    [foreign.status, foreign.headers["set-cookie"]],
    (await ask("/api/v1/session")).status,
    [out.status, out.headers["set-cookie"]],
  ]).toEqual([
    [
      401,
      undefined,
      {
        error: { code: "UNAUTHENTICATED", message: "The token is wrong: the hub's is in its DATA/admin-token" },
      },
    ],
    [403, undefined],
    401,
    [204, "drover_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"],
  ]);
});
