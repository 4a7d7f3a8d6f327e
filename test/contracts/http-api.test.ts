import { Agent, type Dispatcher, request } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../common/errors.ts";
import { applicationJsonSchema, fleetJsonSchema } from "../../common/schema/index.ts";
import { type ApiHub, clusterRecord, fillFleet, r1, r2, secret, startApiHub, token } from "./http-api-fixture.ts";

let hub: ApiHub;

beforeEach(async () => {
  hub = await startApiHub();
  fillFleet(hub.state);
});
afterEach(() => hub.close());

interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly body: unknown;
}

async function call(method: Dispatcher.HttpMethod, path: string, options: CallOptions = {}): Promise<Answer> {
  const { body, headers = { authorization: `Bearer ${token}` }, base = hub.url, dispatcher } = options;
  const answer = await request(`${base}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  const text = await answer.body.text();
  const json = String(answer.headers["content-type"]).includes("json");
  return { status: answer.statusCode, headers: answer.headers, body: json ? JSON.parse(text) : text };
}

interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly base?: string;
  readonly dispatcher?: Dispatcher;
}

const failure = (code: string, message: unknown) => ({ error: { code, message } });

describe("reads", () => {
  test("GET environments has the names of the contract", async () => {
    const { status, body } = await call("GET", "/api/v1/environments?name=dev");
    expect([status, body]).toEqual([
      200,
      {
        items: [
          {
            name: "dev",
            branch: "main",
            revision: r2,
            pending: null,
            from: null,
            upstreams: [],
            clusters: { total: 2, synced: 1, healthy: 1, drifted: 1, offline: 1, suspended: 0 },
            message: "Deployment shop/web: 0 of 1 ready (edge-2)",
            hold: null,
            freeze: null,
            sync: "OutOfSync",
            health: "Progressing",
            problems: [],
          },
        ],
      },
    ]);
  });

  test("GET of each listing takes the filter and answers items", async () => {
    const count = async (path: string) =>
      ((await call("GET", `/api/v1/${path}`)).body as { items: unknown[] }).items.length;
    expect([
      await count("clusters"),
      await count("clusters?environment=prod"),
      await count("environments?cluster=edge-1"),
      await count("applications?cluster=edge-2&application=shop"),
      await count("objects?name=web"),
      await count("objects?name=other"),
      await count("drift?environment=dev"),
      await count("problems"),
    ]).toEqual([2, 0, 1, 1, 2, 0, 1, 0]);
  });

  test("GET of a long listing comes piece by piece and is whole", async () => {
    for (let index = 0; index < 2_345; index++) {
      const name = `many-${String(index).padStart(4, "0")}`;
      hub.state.clusters.set(name, clusterRecord(name, { note: 'quotes " and , in it' }));
    }
    const { headers, body } = await call("GET", "/api/v1/clusters");
    const { items } = body as { items: { name: string }[] };
    expect([headers["content-type"], items.length, items.at(-1)?.name]).toEqual([
      "application/json; charset=utf-8",
      2_347,
      "many-2344",
    ]);
  });

  test("GET refuses a filter it does not know", async () => {
    const { status, body } = await call("GET", "/api/v1/clusters?enviroment=dev");
    expect([status, body]).toEqual([400, failure("INVALID_ARGUMENT", 'Unrecognized key: "enviroment"')]);
  });
});

describe("mutations", () => {
  test("each reaches its action with its actor", async () => {
    const answers = [
      await call("POST", "/api/v1/clusters", { body: { name: "edge-9", labels: { a: "b" } } }),
      await call("POST", "/api/v1/clusters/edge-1/revoke"),
      await call("POST", "/api/v1/clusters/edge-1/trust"),
      await call("PATCH", "/api/v1/clusters/edge-1/labels", { body: { labels: { a: "b", c: null } } }),
      await call("DELETE", "/api/v1/clusters/edge-1"),
      await call("POST", "/api/v1/environments/prod/promote", { body: { revision: r1 } }),
      await call("POST", "/api/v1/environments/dev/sync", { body: { cluster: "edge-1" } }),
      await call("POST", "/api/v1/freezes", { body: { reason: "year-end", until: "8h" } }),
      await call("POST", "/api/v1/freezes/lift", { body: { environment: "prod" } }),
    ];
    const actor = "admin";
    expect([answers.map(({ status }) => status), answers[0]?.body, answers[5]?.body, hub.calls]).toEqual([
      [201, 204, 204, 204, 204, 200, 204, 201, 204],
      {
        name: "edge-9",
        token: "join-token",
        expiresAt: "2026-01-01T01:00:00.000Z",
        command: "drover-agent --hub 127.0.0.1:8443 --token join-token",
      },
      { environment: "prod", branch: "env/prod", from: r1, to: r1, moved: false },
      [
        ["join", "edge-9", { labels: { a: "b" }, replace: false, actor }],
        ["revoke", "edge-1", { actor }],
        ["trust", "edge-1", { actor }],
        ["label", "edge-1", { a: "b", c: null }, { actor }],
        ["remove", "edge-1", { actor }],
        ["promote", "prod", { revision: r1, waitMs: 30_000, emergency: false, reason: "", actor }],
        ["sync", "dev", { cluster: "edge-1", actor }],
        ["freeze", undefined, { reason: "year-end", until: "8h", actor }],
        ["unfreeze", "prod", { reason: "", actor }],
      ],
    ]);
  });

  test("who has a token of their own is the actor", async () => {
    const headers = { authorization: "Bearer drover_ann" };
    await call("POST", "/api/v1/environments/prod/approve", { headers, body: {} });
    await call("POST", "/api/v1/environments/prod/suspend", { headers, body: { cluster: "edge-1", reason: "why" } });
    const made = await call("POST", "/api/v1/tokens", { headers, body: { name: "bob" } });
    expect([made.status, made.body]).toEqual([201, { name: "bob", token: "drover_bob" }]);
    expect((await call("DELETE", "/api/v1/tokens/bob", { headers })).status).toBe(204);
    expect(hub.calls).toEqual([
      ["approve", "prod", { revision: undefined, actor: "ann" }],
      ["suspend", "prod", { cluster: "edge-1", reason: "why", actor: "ann" }],
      ["createToken", "bob", { actor: "ann" }],
      ["revokeToken", "bob", { actor: "ann" }],
    ]);
  });

  test("a wrong body is refused with its field, and reaches nothing", async () => {
    const wrong = await Promise.all([
      call("POST", "/api/v1/clusters", { body: { name: "Edge_1" } }),
      call("POST", "/api/v1/clusters", { body: { name: "edge", lables: {} } }),
      call("POST", "/api/v1/clusters", { body: "{" }),
      call("POST", "/api/v1/clusters", { body: { name: "x".repeat(2_000_000) } }),
      call("POST", "/api/v1/clusters", { headers: { authorization: `Bearer ${token}`, "content-type": "text/csv" } }),
    ]);
    expect([wrong.map(({ status }) => status), wrong.slice(0, 2).map(({ body }) => body), hub.calls]).toEqual([
      [400, 400, 400, 413, 415],
      [
        failure("INVALID_ARGUMENT", "name: Expected lower-case letters, digits, '-' and '.', at most 63 characters"),
        failure("INVALID_ARGUMENT", 'Unrecognized key: "lables"'),
      ],
      [],
    ]);
  });

  test("an error keeps code, message and position; a defect tells nothing of itself", async () => {
    hub.failNext(new AppError("NOT_FOUND", 'No such cluster: "x"', { position: { file: "fleet.yaml", line: 3 } }));
    const known = await call("POST", "/api/v1/clusters/x/revoke");
    hub.failNext(new Error("redis://:password@store refused"));
    const defect = await call("POST", "/api/v1/clusters/x/revoke");
    expect([known.status, known.body, defect.status, JSON.stringify(defect.body).includes("password")]).toEqual([
      404,
      { error: { code: "NOT_FOUND", message: 'No such cluster: "x"', position: { file: "fleet.yaml", line: 3 } } },
      500,
      false,
    ]);
  });
});

describe("access", () => {
  const guarded = [
    ["GET", "/api/v1/clusters"],
    ["GET", "/api/v1/environments"],
    ["GET", "/api/v1/applications"],
    ["GET", "/api/v1/objects"],
    ["GET", "/api/v1/drift"],
    ["GET", "/api/v1/problems"],
    ["GET", "/api/v1/freezes"],
    ["GET", "/api/v1/events"],
    ["POST", "/api/v1/clusters"],
    ["POST", "/api/v1/clusters/edge-1/revoke"],
    ["POST", "/api/v1/clusters/edge-1/trust"],
    ["PATCH", "/api/v1/clusters/edge-1/labels"],
    ["DELETE", "/api/v1/clusters/edge-1"],
    ["POST", "/api/v1/environments/dev/promote"],
    ["POST", "/api/v1/environments/dev/sync"],
    ["POST", "/api/v1/freezes"],
    ["POST", "/api/v1/freezes/lift"],
    ["GET", "/api/v1/tokens"],
    ["POST", "/api/v1/tokens"],
    ["DELETE", "/api/v1/tokens/ann"],
  ] as const;

  test("everything about the fleet needs the token", async () => {
    for (const authorization of ["", "Basic abc", "Bearer wrong"]) {
      const answers = await Promise.all(
        guarded.map(([method, path]) => call(method, path, { headers: { authorization } })),
      );
      expect(answers.map(({ status, headers }) => [status, headers["www-authenticate"]])).toEqual(
        guarded.map(() => [401, "Bearer"]),
      );
    }
    expect(hub.calls).toEqual([]);
  });

  test("health, readiness, metrics and the documents are open", async () => {
    const open = async (path: string) => (await call("GET", path, { headers: {} })).status;
    hub.state.resolved = false;
    const unready = await call("GET", "/readyz", { headers: {} });
    hub.state.resolved = true;
    expect([
      await open("/healthz"),
      await open("/readyz"),
      await open("/metrics"),
      await open("/api/v1/openapi.json"),
      [unready.status, unready.body],
    ]).toEqual([200, 200, 200, 200, [503, { status: "not ready", reason: "The repository has not been read yet" }]]);
  });

  test("GET metrics counts the fleet", async () => {
    const { headers, body } = await call("GET", "/metrics", { headers: {} });
    const lines = String(body)
      .split("\n")
      .filter((line) => /^drover_(environment_|clusters_connected|problems)/.test(line))
      .map((line) => line.replace(/ \d{13}$/, ""));
    expect([headers["content-type"], lines]).toEqual([
      "text/plain; version=0.0.4; charset=utf-8",
      [
        'drover_environment_clusters{environment="dev",state="total"} 2',
        'drover_environment_clusters{environment="dev",state="synced"} 1',
        'drover_environment_clusters{environment="dev",state="healthy"} 1',
        'drover_environment_clusters{environment="dev",state="drifted"} 1',
        'drover_environment_clusters{environment="dev",state="offline"} 1',
        'drover_environment_clusters{environment="dev",state="suspended"} 0',
        'drover_environment_clusters{environment="prod",state="total"} 0',
        'drover_environment_clusters{environment="prod",state="synced"} 0',
        'drover_environment_clusters{environment="prod",state="healthy"} 0',
        'drover_environment_clusters{environment="prod",state="drifted"} 0',
        'drover_environment_clusters{environment="prod",state="offline"} 0',
        'drover_environment_clusters{environment="prod",state="suspended"} 0',
        "drover_clusters_connected 1",
        'drover_problems{environment=""} 0',
        'drover_problems{environment="dev"} 0',
        'drover_problems{environment="prod"} 1',
        'drover_environment_deployments{environment="prod"} 3',
        'drover_environment_lead_time_seconds{environment="prod"} 5400',
        `drover_environment_change_failure_ratio{environment="prod"} ${1 / 3}`,
        'drover_environment_restore_seconds{environment="prod"} 600',
      ],
    ]);
  });

  test("answers are not to be kept, framed or guessed at", async () => {
    const { headers } = await call("GET", "/api/v1/clusters");
    expect([
      headers["cache-control"],
      headers["content-security-policy"],
      headers["x-content-type-options"],
      headers["referrer-policy"],
    ]).toEqual(["no-store", "default-src 'none'; frame-ancestors 'none'", "nosniff", "no-referrer"]);
  });

  test("a path that is not there says where the paths are", async () => {
    const { status, body } = await call("GET", "/api/v1/clutsers?token=x");
    expect([status, body]).toEqual([
      404,
      failure("NOT_FOUND", "No such path: GET /api/v1/clutsers; /api/v1/openapi.json lists them"),
    ]);
  });
});

describe("machines", () => {
  const enrolment = { token: "t", csr: "c", clusterUid: "u", agentVersion: "0.1.0" };

  test("POST enrol works over https only", async () => {
    const dispatcher = new Agent({ connect: { ca: hub.ca } });
    const plain = await call("POST", "/api/v1/enrol", { headers: {}, body: enrolment });
    const secure = await call("POST", "/api/v1/enrol", {
      headers: {},
      body: enrolment,
      base: hub.httpsUrl,
      dispatcher,
    });
    await dispatcher.close();
    expect([plain.status, plain.body, secure.status, hub.calls]).toEqual([
      412,
      failure("FAILED_PRECONDITION", "Enrolment needs https: the token would travel in the clear"),
      200,
      [["enrol", enrolment]],
    ]);
  });

  test("POST enrol is limited for each address", async () => {
    const answers = await Promise.all(
      Array.from({ length: 601 }, () => call("POST", "/api/v1/enrol", { headers: {}, body: {} })),
    );
    const limited = answers.filter(({ status }) => status === 429);
    expect([limited.length, limited[0]?.body, limited[0]?.headers["retry-after"]]).toEqual([
      1,
      failure("RESOURCE_EXHAUSTED", expect.stringMatching(/^Too many requests: try again in (1 minute|5\d seconds)$/)),
      expect.stringMatching(/^(60|5\d)$/),
    ]);
  });

  test("POST webhooks/git asks to fetch when it is proven, whatever its body is", async () => {
    const post = (headers: Readonly<Record<string, string>>) =>
      request(`${hub.url}/api/v1/webhooks/git`, { method: "POST", headers, body: "\u0000no json" });
    const signed = await post({ "x-secret": secret, "content-type": "application/json" });
    const form = await post({ "x-secret": secret, "content-type": "application/x-www-form-urlencoded" });
    const unsigned = await post({});
    expect([signed.statusCode, await signed.body.json(), form.statusCode, unsigned.statusCode, hub.calls]).toEqual([
      202,
      { accepted: true },
      202,
      401,
      [["fetchNow"], ["fetchNow"]],
    ]);
    await form.body.dump();
    await unsigned.body.dump();
  });

  test("POST webhooks/git is limited for each address", async () => {
    const answers = await Promise.all(
      Array.from({ length: 121 }, () => call("POST", "/api/v1/webhooks/git", { headers: {} })),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBe(1);
  });
});

describe("documents", () => {
  test("GET schemas serves what editors check fleet.yaml and application.yaml with", async () => {
    const fleet = await call("GET", "/api/v1/schemas/fleet.json", { headers: {} });
    const application = await call("GET", "/api/v1/schemas/application.json", { headers: {} });
    expect([fleet.headers["content-type"], fleet.body, application.body]).toEqual([
      "application/schema+json; charset=utf-8",
      JSON.parse(JSON.stringify(fleetJsonSchema())),
      JSON.parse(JSON.stringify(applicationJsonSchema())),
    ]);
  });
});
