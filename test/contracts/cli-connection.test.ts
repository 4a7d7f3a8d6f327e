import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { freePort } from "../programs/index.ts";
import { type Cli, createCli, type Result } from "./cli-fixture.ts";
import { type ApiHub, clusterRecord, fillFleet, startApiHub, token } from "./http-api-fixture.ts";

let hub: ApiHub;
let cli: Cli;

beforeAll(async () => {
  hub = await startApiHub();
  fillFleet(hub.state);
});
afterAll(() => hub.close());
beforeEach(async () => {
  cli = await createCli();
  return () => cli.remove();
});

async function drover(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return seen(await cli.run(args, env));
}

const seen = ({ code, stdout, stderr }: Result) =>
  `exit ${code}\n${stdout}${stderr === "" ? "" : `--\n${stderr}`}`
    .replaceAll(hub.httpsUrl, "https://HUB")
    .replaceAll(hub.url, "http://HUB")
    .replaceAll(cli.home, "HOME");

const environment = () => ({ DROVER_URL: hub.url, DROVER_TOKEN: token });

test("without a hub the CLI says how to find one", async () => {
  expect(await drover(["get", "clusters"])).toMatchInlineSnapshot(`
    "exit 1
    --
    Error: No hub is known: run 'drover login URL --token T' first, or 'npm start' in a checkout for the demo
    "
  `);
  expect(await drover(["get", "clusters"], { DROVER_URL: hub.url })).toMatchInlineSnapshot(`
    "exit 2
    --
    Error: DROVER_TOKEN is missing: set both, or neither after 'drover login URL --token T'
    "
  `);
  expect(await drover(["get", "clusters"], { DROVER_TOKEN: token })).toMatchInlineSnapshot(`
    "exit 2
    --
    Error: DROVER_URL is missing: set both, or neither after 'drover login URL --token T'
    "
  `);
  expect(await drover(["get", "clusters"], { DROVER_URL: "hub:8080", DROVER_TOKEN: token })).toMatchInlineSnapshot(`
    "exit 2
    --
    Error: DROVER_URL: the hub's url is wrong: expected http://HOST:PORT or https://HOST:PORT
    "
  `);
  expect(
    await drover(["get", "clusters"], { ...environment(), DROVER_CA_FILE: "/none/ca.crt" }),
  ).toMatchInlineSnapshot(`
    "exit 1
    --
    Error: Cannot read the CA file "/none/ca.crt": ENOENT: no such file or directory, open '/none/ca.crt'
    "
  `);
});

test("a hub that does not answer, or is none, is told from one that refuses", async () => {
  const port = await freePort();
  const nobody = await drover(["get", "clusters"], { DROVER_URL: `http://127.0.0.1:${port}`, DROVER_TOKEN: token });
  expect(nobody.replaceAll(String(port), "PORT")).toMatchInlineSnapshot(`
    "exit 1
    --
    Error: Cannot reach the hub at http://127.0.0.1:PORT: connect ECONNREFUSED 127.0.0.1:PORT
    Is the hub running? 'drover login URL --token T' remembers another one; DROVER_URL goes before it
    "
  `);
  expect(await drover(["get", "clusters"], { ...environment(), DROVER_TOKEN: "wrong" })).toMatchInlineSnapshot(`
    "exit 1
    --
    Error: The token is wrong: the hub's is in its DATA/admin-token
    'drover login URL --token T' remembers another token; DROVER_TOKEN goes before it
    "
  `);

  const other = createServer((_request, response) => response.end("<html>"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port: otherPort } = other.address() as AddressInfo;
  const url = `http://127.0.0.1:${otherPort}`;
  const html = await drover(["get", "clusters"], { DROVER_URL: url, DROVER_TOKEN: token });
  other.close();
  expect(html.replaceAll(String(otherPort), "PORT")).toMatchInlineSnapshot(`
    "exit 1
    --
    Error: There is no hub at http://127.0.0.1:PORT: it answers with no JSON. 'drover login URL --token T' remembers another address
    "
  `);
});

test("login remembers a hub that answers, for this user only", async () => {
  expect(await drover(["login", hub.url, "--token", `${token}\n`])).toMatchInlineSnapshot(`
    "exit 0
    --
    Logged in to http://HUB (2 clusters); remembered in HOME/.config/drover/context.json
    "
  `);
  const file = join(cli.home, ".config", "drover", "context.json");
  expect([JSON.parse(readFileSync(file, "utf8")), (statSync(file).mode & 0o777).toString(8)]).toEqual([
    { url: hub.url, token },
    "600",
  ]);
  expect((await drover(["get", "clusters", "edge-1", "-o", "json"])).startsWith("exit 0")).toBe(true);
});

test("login remembers nothing that does not work", async () => {
  expect(await drover(["login", hub.url, "--token", "wrong"])).toMatchInlineSnapshot(`
    "exit 1
    --
    Error: The token is wrong: the hub's is in its DATA/admin-token
    'drover login URL --token T' remembers another token; DROVER_TOKEN goes before it
    "
  `);
  expect(await drover(["login", hub.url])).toMatchInlineSnapshot(`
    "exit 2
    --
    error: required option '--token <token>' not specified
    Run it with --help to see what is possible
    "
  `);
  expect(await drover(["login", "not a url", "--token", "x"])).toMatchInlineSnapshot(`
    "exit 2
    --
    Error: drover login: the hub's url is wrong: expected http://HOST:PORT or https://HOST:PORT
    "
  `);
  expect(await drover(["get", "clusters"])).toMatch(/^exit 1\n--\nError: No hub is known/);
});

test("https needs the hub's CA, and login remembers it", async () => {
  const untrusted = await drover(["login", hub.httpsUrl, "--token", token]);
  expect(untrusted).toMatchInlineSnapshot(`
    "exit 1
    --
    Error: Cannot trust the hub at https://HUB: self-signed certificate in certificate chain. Give the hub's DATA/keys/ca.crt by --ca or DROVER_CA_FILE
    "
  `);
  const ca = join(cli.home, "ca.crt");
  writeFileSync(ca, hub.ca);
  expect(await drover(["login", hub.httpsUrl, "--token", token, "--ca", ca])).toMatchInlineSnapshot(`
    "exit 0
    --
    Logged in to https://HUB (2 clusters); remembered in HOME/.config/drover/context.json
    "
  `);
  expect((await drover(["get", "clusters", "edge-1", "-o", "json"])).startsWith("exit 0")).toBe(true);
});

test("the context of a folder above goes before the user's, and DROVER_URL before both", async () => {
  await drover(["login", hub.url, "--token", token]);
  mkdirSync(join(cli.home, ".drover"));
  const file = join(cli.home, ".drover", "context.json");
  writeFileSync(file, JSON.stringify({ url: hub.url, token: "of-the-folder" }));
  expect(await drover(["get", "clusters"])).toMatch(/^exit 1\n--\nError: The token is wrong/);
  expect(await drover(["get", "clusters", "edge-1", "-o", "json"], environment())).toMatch(/^exit 0/);
  writeFileSync(file, "{");
  expect(await drover(["get", "clusters"])).toMatchInlineSnapshot(`
    "exit 2
    --
    Error: HOME/.drover/context.json: This is no context: Invalid input: expected object, received undefined. Write it again with 'drover login' (or 'npm start'), or remove it
    "
  `);
});

test("a reader that goes away early is no error", async () => {
  for (let index = 0; index < 3_000; index++) {
    const name = `many-${index}`;
    hub.state.clusters.set(name, clusterRecord(name, { filler: "x".repeat(60) }));
  }
  const running = cli.start(["get", "clusters", "-o", "json"], environment());
  running.process.stdout.once("data", () => running.process.stdout.destroy());
  const { code, stderr } = await running.ended();
  expect([code, stderr]).toEqual([0, ""]);
});
