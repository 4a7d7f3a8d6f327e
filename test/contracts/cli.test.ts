import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { AppError } from "../../common/errors.ts";
import { type Cli, createCli, type Result } from "./cli-fixture.ts";
import { type ApiHub, fillFleet, frozen, r1, r2, startApiHub, token } from "./http-api-fixture.ts";

let hub: ApiHub;
let empty: ApiHub;
let cli: Cli;

beforeAll(async () => {
  cli = await createCli();
  hub = await startApiHub();
  fillFleet(hub.state);
  empty = await startApiHub();
});
afterAll(async () => {
  cli.remove();
  await hub.close();
  await empty.close();
});
beforeEach(() => void hub.calls.splice(0));

const drover = (...args: string[]) => at(hub, args);

async function at({ url }: Pick<ApiHub, "url">, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  return stable(await cli.run(args, { DROVER_URL: url, DROVER_TOKEN: token, ...env }));
}

/** Without what differs from run to run: addresses, folders, ages in days. */
function stable({ code, stdout, stderr }: Result): Result {
  const clean = (text: string) =>
    [hub, empty]
      .reduce((rest, { url, port }) => rest.replaceAll(url, "http://HUB").replaceAll(`127.0.0.1:${port}`, "HUB"), text)
      .replaceAll(cli.home, "HOME")
      .replace(/\b\d+d\b( +|$)/gm, (age) => (age.endsWith(" ") ? "Nd".padEnd(age.length) : "Nd"));
  return { code, stdout: clean(stdout), stderr: clean(stderr) };
}

/** As a person sees it: exit code, what it prints, what it notes. */
const seen = ({ code, stdout, stderr }: Result) => `exit ${code}\n${stdout}${stderr === "" ? "" : `--\n${stderr}`}`;

describe("get", () => {
  test("shows each resource as a table", async () => {
    expect(seen(await drover("get", "clusters"))).toMatchInlineSnapshot(`
      "exit 0
      NAME     CONNECTED   ENVIRONMENTS   REVISION   SYNC        HEALTH        DRIFTED   LAST SEEN
      edge-1   yes         dev            22222222   Synced      Healthy       0         Nd
      edge-2   no          dev            11111111   OutOfSync   Progressing   1         never
      --
      edge-2/dev: Deployment shop/web: 0 of 1 ready
      "
    `);
    expect(seen(await drover("get", "environments"))).toMatchInlineSnapshot(`
      "exit 0
      NAME   BRANCH     REVISION   PENDING    SYNC        HEALTH        SYNCED   HEALTHY   DRIFTED   OFFLINE
      dev    main       22222222   -          OutOfSync   Progressing   1/2      1/2       1         1
      prod   env/prod   11111111   22222222   OutOfSync   Healthy       0/0      0/0       0         0
      --
      dev: Deployment shop/web: 0 of 1 ready (edge-2)
      prod: error: fleet.yaml:7 environments[1]: Unknown field "brnach": expected "branch"
      "
    `);
    expect(seen(await drover("get", "applications"))).toMatchInlineSnapshot(`
      "exit 0
      ENVIRONMENT   CLUSTER   NAME   REVISION   SYNC        HEALTH        MESSAGE
      dev           edge-1    shop   22222222   Synced      Healthy
      dev           edge-2    shop   11111111   OutOfSync   Progressing   Deployment shop/web: 0 of 1 ready
      "
    `);
    expect(seen(await drover("get", "objects"))).toMatchInlineSnapshot(`
      "exit 0
      ENVIRONMENT   CLUSTER   APPLICATION   OBJECT                SYNC     HEALTH        MESSAGE
      dev           edge-1    shop          Deployment shop/web   Synced   Healthy
      dev           edge-2    shop          Deployment shop/web   Synced   Progressing   Deployment shop/web: 0 of 1 ready
      "
    `);
    expect(seen(await drover("get", "drift"))).toMatchInlineSnapshot(`
      "exit 0
      ENVIRONMENT   CLUSTER   APPLICATION   OBJECT                STATE       COUNT   LAST SEEN   BY                     FIELDS
      dev           edge-2    shop          Deployment shop/web   corrected   4       Nd          kubectl-edit,unknown   spec.replicas, metadata.labels[x]
      "
    `);
  });

  test("shows more with -o wide", async () => {
    expect(seen(await drover("get", "cluster", "-o", "wide"))).toMatchInlineSnapshot(`
      "exit 0
      NAME     CONNECTED   ENVIRONMENTS   REVISION   SYNC        HEALTH        DRIFTED   LAST SEEN   KUBERNETES   AGENT   LABELS
      edge-1   yes         dev            22222222   Synced      Healthy       0         Nd          v1.36.0      0.1.0   environment=dev,region=eu
      edge-2   no          dev            11111111   OutOfSync   Progressing   1         never       v1.36.0      0.1.0   environment=dev,region=eu
      --
      edge-2/dev: Deployment shop/web: 0 of 1 ready
      "
    `);
    expect(seen(await drover("get", "env", "-o", "wide"))).toMatchInlineSnapshot(`
      "exit 0
      NAME   BRANCH     REVISION   PENDING    SYNC        HEALTH        SYNCED   HEALTHY   DRIFTED   OFFLINE   FROM   HOLD   FREEZE
      dev    main       22222222   -          OutOfSync   Progressing   1/2      1/2       1         1         -      -      -
      prod   env/prod   11111111   22222222   OutOfSync   Healthy       0/0      0/0       0         0         dev    -      -
      --
      dev: Deployment shop/web: 0 of 1 ready (edge-2)
      prod: error: fleet.yaml:7 environments[1]: Unknown field "brnach": expected "branch"
      "
    `);
    expect(seen(await drover("get", "apps", "-o", "wide"))).toMatchInlineSnapshot(`
      "exit 0
      ENVIRONMENT   CLUSTER   NAME   REVISION   SYNC        HEALTH        OBJECTS   DRIFTED   UNPRUNED   MESSAGE
      dev           edge-1    shop   22222222   Synced      Healthy       1         0         0
      dev           edge-2    shop   11111111   OutOfSync   Progressing   1         1         0          Deployment shop/web: 0 of 1 ready
      "
    `);
    expect(seen(await drover("get", "object", "-o", "wide"))).toMatchInlineSnapshot(`
      "exit 0
      ENVIRONMENT   CLUSTER   APPLICATION   OBJECT                SYNC     HEALTH        GROUP   MESSAGE
      dev           edge-1    shop          Deployment shop/web   Synced   Healthy       apps
      dev           edge-2    shop          Deployment shop/web   Synced   Progressing   apps    Deployment shop/web: 0 of 1 ready
      "
    `);
    expect(seen(await drover("get", "drift", "-o", "wide"))).toMatchInlineSnapshot(`
      "exit 0
      ENVIRONMENT   CLUSTER   APPLICATION   OBJECT                STATE       COUNT   LAST SEEN   BY                     FIELDS                              OPERATION   CHANGE
      dev           edge-2    shop          Deployment shop/web   corrected   4       Nd          kubectl-edit,unknown   spec.replicas, metadata.labels[x]               1 → 3, absent → "y"
      "
    `);
  });

  test("prints an array of items with the names of the contract as JSON, and the same as YAML", async () => {
    const names: Record<string, unknown> = {};
    for (const resource of ["clusters", "environments", "applications", "objects", "drift"]) {
      const json = await drover("get", resource, "-o", "json");
      const yaml = await drover("get", resource, "-o", "yaml");
      const items = JSON.parse(json.stdout) as object[];
      expect([json.code, json.stderr, yaml.code, parse(yaml.stdout)]).toEqual([0, "", 0, items]);
      names[resource] = Object.keys(items[0] ?? {}).join(" ");
    }
    expect(names).toMatchInlineSnapshot(`
      {
        "applications": "environment cluster name revision sync health message objects drifted blockedPrune problems",
        "clusters": "name labels connected lastSeen agentVersion kubernetesVersion environments identity",
        "drift": "environment cluster application object state fields count firstSeen lastSeen",
        "environments": "name branch revision pending from upstreams clusters message freeze hold sync health problems",
        "objects": "environment cluster application group kind namespace name revision sync health message",
      }
    `);
    expect(JSON.parse((await drover("get", "drift", "-o", "json")).stdout)).toEqual([
      {
        environment: "dev",
        cluster: "edge-2",
        application: "shop",
        object: { group: "apps", kind: "Deployment", namespace: "shop", name: "web" },
        state: "corrected",
        fields: [
          { path: "spec.replicas", desired: 1, live: 3, manager: "kubectl-edit", at: "2026-01-02T00:00:00.000Z" },
          { path: "metadata.labels[x]", live: "y", manager: "", at: "" },
        ],
        count: 4,
        firstSeen: "2026-01-01T00:00:00.000Z",
        lastSeen: "2026-01-02T00:00:00.000Z",
      },
    ]);
  });

  test("is narrowed by name, environment, cluster and application", async () => {
    const named = async (...args: string[]) =>
      (JSON.parse((await drover("get", ...args, "-o", "json")).stdout) as { name: string; cluster?: string }[]).map(
        ({ name, cluster }) => cluster ?? name,
      );
    expect([
      await named("clusters", "edge-1"),
      await named("clusters", "-e", "dev"),
      await named("clusters", "-e", "prod"),
      await named("environments", "-c", "edge-1"),
      await named("applications", "-c", "edge-2", "-a", "shop"),
      await named("objects", "web", "-c", "edge-1", "-e", "dev", "-a", "shop"),
      await named("drift", "-c", "edge-1"),
    ]).toEqual([["edge-1"], ["edge-1", "edge-2"], [], ["dev"], ["edge-2"], ["edge-1"], []]);
  });

  test("drover drift ignore-snippet prints the rules that would silence the drift", async () => {
    expect(seen(await drover("drift", "ignore-snippet", "dev", "-a", "shop"))).toMatchInlineSnapshot(`
      "exit 0
      spec:
        drift:
          ignore:
            - target:
                group: apps
                kind: Deployment
                namespace: shop
                name: web
              paths:
                - metadata.labels[x]
            - target:
                group: apps
                kind: Deployment
                namespace: shop
                name: web
              paths:
                - spec.replicas
              managers:
                - kubectl-edit
      --
      For the application.yaml of "shop"; make it wider or narrower as you see fit
      "
    `);
    expect(seen(await drover("drift", "ignore-snippet", "dev", "-a", "shop", "-c", "edge-1"))).toMatchInlineSnapshot(`
      "exit 0
      --
      Nothing to ignore: application "shop" has no drift of fields
      "
    `);
  });

  test("says what to do when there is nothing", async () => {
    const notes = [];
    for (const resource of ["clusters", "environments", "applications", "objects", "drift"]) {
      notes.push(seen(await at(empty, ["get", resource])));
    }
    expect(notes.join("")).toMatchInlineSnapshot(`
      "exit 0
      --
      No clusters yet: 'drover cluster join NAME -l environment=dev' makes the command that connects one
      exit 0
      --
      No environments yet: fleet.yaml at the root of the repository's trunk names them
      exit 0
      --
      No applications: each is an application.yaml in the repository, and a cluster must be in the environment
      exit 0
      --
      No objects: nothing is reported yet, 'drover get applications' says what is expected
      exit 0
      --
      No drift: everything is as Git says
      "
    `);
    expect(seen(await drover("get", "drift", "-c", "edge-1", "-a", "shop"))).toMatchInlineSnapshot(`
      "exit 0
      --
      No drift of cluster "edge-1", application "shop"
      "
    `);
    expect(seen(await at(empty, ["get", "clusters", "-o", "json"]))).toMatchInlineSnapshot(`
      "exit 0
      []
      "
    `);
    expect(seen(await at(empty, ["get", "clusters", "-o", "yaml"]))).toMatchInlineSnapshot(`
      "exit 0
      []
      "
    `);
  });

  test("fails for a name that is not there", async () => {
    expect(seen(await drover("get", "clusters", "edge-9"))).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: No such cluster: "edge-9"; 'drover get clusters' lists what there is
      "
    `);
    expect(seen(await drover("get", "app", "shop", "-c", "edge-9", "-o", "json"))).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: No such application: "shop" of cluster "edge-9"; 'drover get applications' lists what there is
      "
    `);
  });

  test("uses colours on a terminal only, whatever the environment suggests", async () => {
    const { stdout } = await at(hub, ["get", "clusters"], { CI: "true", TERM: "xterm" });
    expect(stdout.includes("\u001b")).toBe(false);
  });
});

describe("cluster", () => {
  const actor = "admin";

  test("join prints the command alone, or all of it as JSON and YAML", async () => {
    const joined = {
      name: "edge-9",
      token: "join-token",
      expiresAt: "2026-01-01T01:00:00.000Z",
      command: "drover-agent --hub 127.0.0.1:8443 --token join-token",
    };
    expect(seen(await drover("cluster", "join", "edge-9", "-l", "a=b", "-l", "c="))).toMatchInlineSnapshot(`
      "exit 0
      drover-agent --hub 127.0.0.1:8443 --token join-token
      --
      Run this where the cluster "edge-9" can be reached, before 2026-01-01T01:00:00.000Z; it works once:

      "
    `);
    const json = await drover("cluster", "join", "edge-9", "--replace", "-o", "json");
    const yaml = await drover("cluster", "join", "edge-9", "-o", "yaml");
    expect([JSON.parse(json.stdout), json.stderr, parse(yaml.stdout)]).toEqual([joined, "", joined]);
    expect(hub.calls).toEqual([
      ["join", "edge-9", { labels: { a: "b", c: "" }, replace: false, actor }],
      ["join", "edge-9", { labels: {}, replace: true, actor }],
      ["join", "edge-9", { labels: {}, replace: false, actor }],
    ]);
  });

  test("label, trust, revoke and remove say what happened", async () => {
    expect(seen(await drover("cluster", "label", "edge-1", "a=b", "c-"))).toMatchInlineSnapshot(`
      "exit 0
      --
      Labelled "edge-1": 'drover get clusters -o wide' shows it
      "
    `);
    expect(seen(await drover("cluster", "trust", "edge-1"))).toMatchInlineSnapshot(`
      "exit 0
      --
      "edge-1" trusts this hub's epoch now
      "
    `);
    expect(seen(await drover("cluster", "revoke", "edge-1"))).toMatchInlineSnapshot(`
      "exit 0
      --
      Revoked: to let "edge-1" in again, run 'drover cluster join edge-1'
      "
    `);
    expect(seen(await drover("cluster", "remove", "edge-1"))).toMatchInlineSnapshot(`
      "exit 0
      --
      Removed "edge-1" from the fleet; nothing was deleted in the cluster
      "
    `);
    expect(hub.calls).toEqual([
      ["label", "edge-1", { a: "b", c: null }, { actor }],
      ["trust", "edge-1", { actor }],
      ["revoke", "edge-1", { actor }],
      ["remove", "edge-1", { actor }],
    ]);
  });

  test("fails with the hub's reason and what to do", async () => {
    hub.failNext(new AppError("NOT_FOUND", 'No such cluster: "x"'));
    expect(seen(await drover("cluster", "revoke", "x"))).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: No such cluster: "x"
      'drover get clusters' lists what there is
      "
    `);
    hub.failNext(new AppError("ALREADY_EXISTS", 'Cluster "edge-1" has joined already: say --replace'));
    expect(seen(await drover("cluster", "join", "edge-1"))).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: Cluster "edge-1" has joined already: say --replace
      "
    `);
    expect(seen(await drover("cluster", "join", "Edge_1"))).toMatchInlineSnapshot(`
      "exit 2
      --
      Error: name: Expected lower-case letters, digits, '-' and '.', at most 63 characters
      "
    `);
    hub.failNext(new Error("secret"));
    expect(seen(await drover("cluster", "remove", "x"))).toMatch(
      /^exit 1\n--\nError: The hub failed: its log says why, under request "req-\w+"\nThe hub's log says more/,
    );
  });
});

describe("freeze and unfreeze", () => {
  test("freeze says what is frozen, and how to lift it", async () => {
    expect(seen(await drover("freeze", "--reason", "year-end", "--until", "8h"))).toMatchInlineSnapshot(`
      "exit 0
      Everything is frozen by admin since 2026-01-02T00:00Z: year-end
      --
      'drover unfreeze' lifts it
      "
    `);
    expect((await drover("freeze", "prod")).code).toBe(2);
    hub.state.freezes = [{ ...frozen, environment: "prod" }];
    expect(seen(await drover("get", "freezes"))).toMatchInlineSnapshot(`
      "exit 0
      ENVIRONMENT   BY      SINCE   UNTIL   REASON
      prod          admin   Nd      -       year-end
      "
    `);
    expect((await drover("get", "environments", "prod")).stderr).toContain('prod: "prod" is frozen by admin');
    hub.state.freezes = [];
    expect(seen(await drover("unfreeze", "prod"))).toMatchInlineSnapshot(`
      "exit 0
      --
      Lifted the freeze of prod
      "
    `);
  });
});

describe("promote and sync", () => {
  test("promote says what moved, or that nothing did", async () => {
    expect(seen(await drover("promote", "prod"))).toMatchInlineSnapshot(`
      "exit 0
      Promoted prod: env/prod 11111111 → 22222222
      "
    `);
    expect(seen(await drover("promote", "prod", "--revision", r1))).toMatchInlineSnapshot(`
      "exit 0
      Nothing to promote: env/prod is at 11111111 already
      "
    `);
    expect(JSON.parse((await drover("promote", "prod", "-o", "json")).stdout)).toEqual({
      environment: "prod",
      branch: "env/prod",
      from: r1,
      to: r2,
      moved: true,
    });
    hub.failNext(new AppError("ABORTED", "Cannot promote to env/prod: the branch moved meanwhile"));
    expect(seen(await drover("promote", "prod"))).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: Cannot promote to env/prod: the branch moved meanwhile
      Try again in a moment
      "
    `);
  });

  test("changelog lists what the next promotion brings; a diff of two environments names no commit of its own", async () => {
    const brings = await drover("changelog", "prod");
    expect([brings.code, brings.stderr]).toEqual([0, ""]);
    expect(brings.stdout).toMatch(
      /^dev \w{8} → prod \w{8}: 1 commit, 1 file\n {2}\w{8} {2}2026-01-02 {2}Ann: Be faster\n {2}changed {3}apps\/web\/web\.yaml\n$/,
    );
    const json = JSON.parse((await drover("changelog", "prod", "-o", "json")).stdout);
    expect(json).toMatchObject({ environment: "prod", from: "dev", complete: true });
    const wrong = await drover("diff", "dev", "prod", "--revision", "abcd");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("leave out --revision")]);
  });

  test("dora shows how often, how fast and how well, over the window asked for", async () => {
    const shown = await drover("dora", "prod", "--window", "168h");
    expect([shown.code, shown.stderr, shown.stdout.split("\n")[1]?.split(/ {2,}/)]).toEqual([
      ...[0, "", ["prod", "3", "0.10", "1.5h", "33%", "10m"]],
    ]);
    const json = JSON.parse((await drover("dora", "prod", "--window", "168h", "-o", "json")).stdout);
    expect(json).toMatchObject([{ environment: "prod", windowMs: 168 * 3_600_000, deployments: 3 }]);
    const wide = await drover("dora", "prod", "-o", "wide");
    expect([wide.code, wide.stdout.trimEnd().split(/ {2,}/).at(-1)]).toEqual([0, "soak 10m"]);
    const each = await drover("dora", "prod", "--by", "application");
    expect([each.code, each.stdout.split("\n")[1]?.split(/ {2,}/).slice(0, 3)]).toEqual([0, ["prod", "web", "3"]]);
  });

  test("sync asks for all clusters or one", async () => {
    expect(seen(await drover("sync", "dev"))).toMatchInlineSnapshot(`
      "exit 0
      --
      Reconciling "dev"; 'drover wait environment/dev --for synced' waits for the end
      "
    `);
    await drover("sync", "dev", "-c", "edge-1");
    expect(hub.calls).toEqual([
      ["sync", "dev", { cluster: undefined, actor: "admin" }],
      ["sync", "dev", { cluster: "edge-1", actor: "admin" }],
    ]);
  });
});

describe("wrong usage", () => {
  test("exits with 2 and says what is possible", async () => {
    const usages = [
      ["get", "clutsers"],
      ["get", "clusters", "-o", "xml"],
      ["get", "clusters", "--enviroment", "dev"],
      ["gte", "clusters"],
      ["cluster", "join", "edge-1", "-l", "nolabel"],
      ["cluster", "label", "edge-1", "nolabel"],
      ["wait", "dev", "--for", "synced"],
      ["wait", "environment/dev"],
      ["wait", "environment/dev", "--for", "happy"],
      ["wait", "environment/dev", "--for", "synced", "--timeout", "soon"],
      ["wait", "environment/dev", "--for", "synced", "--revision", "main"],
      ["promote"],
    ];
    const answers = [];
    for (const usage of usages) answers.push(seen(await drover(...usage)));
    expect(answers.join("")).toMatchInlineSnapshot(`
      "exit 2
      --
      error: command-argument value 'clutsers' is invalid for argument 'resource'. Expected clusters, environments, applications, objects, promotions, rollouts, drift or freezes. Did you mean "clusters"?
      Run it with --help to see what is possible
      exit 2
      --
      error: option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, wide, json, yaml.
      Run it with --help to see what is possible
      exit 2
      --
      error: unknown option '--enviroment'
      (Did you mean --environment?)
      Run it with --help to see what is possible
      exit 2
      --
      error: unknown command 'gte'
      (Did you mean get?)
      Run it with --help to see what is possible
      exit 2
      --
      error: option '-l, --label <key=value>' argument 'nolabel' is invalid. Expected key=value.
      Run it with --help to see what is possible
      exit 2
      --
      error: command-argument value 'nolabel' is invalid for argument 'labels'. Expected key=value, or key- to remove.
      Run it with --help to see what is possible
      exit 2
      --
      error: command-argument value 'dev' is invalid for argument 'environment/NAME'. Expected environment/NAME.
      Run it with --help to see what is possible
      exit 2
      --
      error: required option '--for <condition>' not specified
      Run it with --help to see what is possible
      exit 2
      --
      error: option '--for <condition>' argument 'happy' is invalid. Allowed choices are synced, healthy.
      Run it with --help to see what is possible
      exit 2
      --
      error: option '--timeout <duration>' argument 'soon' is invalid. Expected a duration such as 500ms, 60s or 1h30m.
      Run it with --help to see what is possible
      exit 2
      --
      error: option '--revision <sha>' argument 'main' is invalid. Expected 4 to 40 hex digits of a commit.
      Run it with --help to see what is possible
      exit 2
      --
      error: missing required argument 'environment'
      Run it with --help to see what is possible
      "
    `);
  });

  test("no command at all shows the help and exits with 2", async () => {
    const { code, stderr } = await drover();
    expect([
      code,
      stderr.startsWith("Usage: drover [options] [command]"),
      stderr.includes("Exit codes: 0 done"),
    ]).toEqual([2, true, true]);
  });

  test("--help and --version exit with 0", async () => {
    const help = await drover("get", "--help");
    const version = await drover("--version");
    expect([help.code, help.stderr, help.stdout.includes("Examples:"), version.code, version.stdout]).toEqual([
      0,
      "",
      true,
      0,
      "0.1.0\n",
    ]);
  });
});
