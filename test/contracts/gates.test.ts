import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../common/async/index.ts";
import type { GatePolicy } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createGates } from "../../hub/gates/index.ts";
import type { ClusterDryRun } from "../../hub/surfaces.ts";

const timing = { timeoutMs: 20_000, attempts: 1, intervalMs: 0 };

describe("gates look outside", () => {
  let server: Server;
  let url: string;
  let answer: { status: number; body: string } | "silence";
  let asked: string[];
  let dryRuns: readonly ClusterDryRun[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        asked.push(`${request.method} ${request.url} ${body}`);
        if (answer !== "silence") response.writeHead(answer.status, { location: "/elsewhere" }).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
    answer = { status: 200, body: "" };
    dryRuns = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const check = (gate: GatePolicy, signal?: AbortSignal) => {
    const nobody = () => {
      throw new Error("No gate of this suite asks for it");
    };
    const gates = createGates({
      inspection: { dryRun: async () => ({ revision: "r", clusters: dryRuns }) },
      git: { tree: nobody, blobs: nobody },
      agents: nobody,
      sign: nobody,
      stopping: new AbortController().signal,
      clock: systemClock,
      log: silentLogger(),
    });
    return gates({ id: "1", name: "gate", environment: "prod", gate, clusters: ["a"], revision: "r" }, { signal });
  };
  const http = (status = 200): GatePolicy => ({ type: "http", url: `${url}/healthz`, status, ...timing });
  const prometheus = (operator: "<" | ">=", value: number): GatePolicy => ({
    type: "prometheus",
    url,
    query: 'rate(errors{app="shop"}[5m])',
    condition: { operator, value },
    ...timing,
  });
  const vector = (...values: readonly string[]) => ({
    status: 200,
    body: JSON.stringify({
      status: "success",
      data: {
        resultType: "vector",
        result: values.map((value, index) => ({ metric: { pod: `web-${index}` }, value: [1, value] })),
      },
    }),
  });

  test("http: the status decides, and a redirect is not followed", async () => {
    expect(await check(http())).toEqual({ verdict: "passed", message: `${url}/healthz answered 200` });
    answer = { status: 302, body: "" };
    expect(await check(http())).toEqual({ verdict: "failed", message: `${url}/healthz answered 302, expected 200` });
    expect((await check(http(302))).verdict).toBe("passed");
    expect(new Set(asked)).toEqual(new Set(["GET /healthz "]));
  });

  test("http: nobody there, and no answer in time, are failures that say so; an abort is none", async () => {
    expect(await check({ type: "http", url: "http://127.0.0.1:1/", status: 200, ...timing })).toMatchObject({
      verdict: "failed",
      message: expect.stringContaining("fetch failed"),
    });
    answer = "silence";
    expect(await check({ ...http(), timeoutMs: 50 } as GatePolicy)).toEqual({
      verdict: "failed",
      message: "no answer in time",
    });
    const aborted = new AbortController();
    const checked = check(http(), aborted.signal);
    aborted.abort();
    await expect(checked).rejects.toThrow("abort");
  });

  test("prometheus: every value has to compare, and none at all proves nothing", async () => {
    answer = vector("0.001", "0.02");
    expect(await check(prometheus("<", 0.05))).toEqual({
      verdict: "passed",
      message: 'rate(errors{app="shop"}[5m]) is 0.001, 0.02',
    });
    expect(await check(prometheus("<", 0.01))).toEqual({
      verdict: "failed",
      message: 'rate(errors{app="shop"}[5m]) is 0.02 for {pod="web-1"}, expected < 0.01',
    });
    answer = vector();
    expect((await check(prometheus("<", 0.01))).message).toBe(
      'rate(errors{app="shop"}[5m]) has no value, expected < 0.01',
    );
    answer = vector("NaN");
    expect((await check(prometheus("<", 0.01))).verdict).toBe("failed");
    answer = {
      status: 200,
      body: JSON.stringify({ status: "success", data: { resultType: "scalar", result: [1, "7"] } }),
    };
    expect((await check(prometheus(">=", 7))).verdict).toBe("passed");
    expect(asked.at(-1)).toBe(
      `POST /api/v1/query ${new URLSearchParams({ query: 'rate(errors{app="shop"}[5m])' }).toString()}`,
    );
  });

  test("prometheus: what is no answer of Prometheus fails, with Prometheus' own words if it has some", async () => {
    answer = { status: 400, body: JSON.stringify({ status: "error", error: "parse error" }) };
    expect((await check(prometheus("<", 1))).message).toBe(`${url} answered 400: parse error`);
    answer = { status: 200, body: "<html>" };
    expect((await check(prometheus("<", 1))).message).toBe(
      `${url} answered 200: expected the answer to an instant query`,
    );
  });

  test("dryRun: as many clusters as are borne may refuse the revision; the others count", async () => {
    const clean = { identical: 1, objects: [], errors: [] };
    dryRuns = [
      { cluster: "a", state: "identical", diff: clean, reason: "" },
      { cluster: "b", state: "different", diff: clean, reason: "" },
      {
        cluster: "c",
        state: "failed",
        diff: { ...clean, errors: [{ application: "shop", message: "admission says no" }] },
        reason: "",
      },
      { cluster: "d", state: "unknown", diff: undefined, reason: "offline" },
    ];
    expect(await check({ type: "dryRun", maxFailures: { count: 0 }, ...timing })).toEqual({
      verdict: "failed",
      message: "1 identical, 1 differ, 1 refuse it, 1 not reached (c: admission says no)",
    });
    expect((await check({ type: "dryRun", maxFailures: { count: 1 }, ...timing })).verdict).toBe("passed");
  });
});
