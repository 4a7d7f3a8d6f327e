import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RolloutView } from "../../common/domain/index.ts";
import { until } from "../programs/index.ts";
import { type Cli, createCli, type Result, type RunningCli } from "./cli-fixture.ts";
import { type ApiHub, fillFleet, r1, r2, reportStatus, startApiHub, token } from "./http-api-fixture.ts";

let hub: ApiHub;
let cli: Cli;

beforeEach(async () => {
  hub = await startApiHub();
  fillFleet(hub.state);
  cli = await createCli();
});
afterEach(async () => {
  cli.remove();
  await hub.close();
});

const environment = () => ({ DROVER_URL: hub.url, DROVER_TOKEN: token });
const drover = (...args: string[]) => cli.run(args, environment());
const start = (...args: string[]) => cli.start(args, environment());
const seen = ({ code, stdout, stderr }: Result) => `exit ${code}\n${stdout}${stderr === "" ? "" : `--\n${stderr}`}`;

async function following(running: RunningCli): Promise<void> {
  await until("the stream of events", async () => hub.listeners() > 0 || undefined);
  await until("the listing", async () => running.stdout() !== "" || undefined);
}

const shows = (running: RunningCli, text: string) =>
  until(`"${text}"`, async () => running.stdout().includes(text) || undefined);

describe("get -w", () => {
  test("prints the table, then the rows that change, and ends well with Ctrl-C", async () => {
    const running = start("get", "applications", "-w");
    await following(running);
    reportStatus(hub.state, "edge-2", { generation: 2, revision: r2 });
    await shows(running, "\ndev           edge-2    shop   22222222");
    running.process.kill("SIGINT");
    expect(seen(await running.ended())).toMatchInlineSnapshot(`
      "exit 0
      ENVIRONMENT   CLUSTER   NAME   REVISION   SYNC        HEALTH        MESSAGE
      dev           edge-1    shop   22222222   Synced      Healthy
      dev           edge-2    shop   11111111   OutOfSync   Progressing   Deployment shop/web: 0 of 1 ready
      dev           edge-2    shop   22222222   Synced      Healthy
      "
    `);
  });

  test("follows a rollout from wave to wave", async () => {
    const counts = { total: 2, waiting: 0, updating: 0, healthy: 0, failed: 0, debt: 0 };
    const view: RolloutView = {
      ...{ environment: "dev", state: "updating", message: "edge-1 to become healthy", since: null, startedAt: null },
      ...{ revision: r2, kind: "forward", released: r1, wave: "canary", gates: [], failures: [], debt: [], queue: [] },
      ...{ hold: null, heldBack: null, quarantine: [], history: [], past: [] },
      waves: [{ name: "canary", state: "current", clusters: { ...counts, updating: 2 } }],
    };
    hub.rollouts.push(view);
    const running = start("get", "rollouts", "-w");
    await following(running);
    const waves = [{ name: "canary", state: "passed", clusters: { ...counts, healthy: 2 } }] as const;
    hub.rollouts.splice(0, 1, { ...view, state: "done", message: "", wave: null, released: r2, waves });
    hub.state.announce({ kind: "rollout", environment: "dev" });
    await shows(running, "done");
    running.process.kill("SIGINT");
    const { stdout } = await running.ended();
    expect(stdout.split("\n").map((line) => line.split(/ {2,}/).slice(0, 5).join(" "))).toEqual([
      "ENVIRONMENT REVISION STATE WAVE HEALTHY",
      "dev 22222222 updating canary 0/2",
      "dev 22222222 done - 2/2",
      "",
    ]);
  });

  test("prints one line of JSON per item, change and disappearance", async () => {
    const running = start("get", "drift", "-w", "-o", "json");
    await following(running);
    const key = [...(hub.state.statuses.get("edge-2")?.keys() ?? [])].find((each) => each.startsWith("drift/")) ?? "";
    hub.state.statuses.get("edge-2")?.delete(key);
    hub.state.announce({ kind: "drift", environment: "dev", cluster: "edge-2", application: "shop" });
    await shows(running, '"deleted":true');
    running.process.kill("SIGTERM");
    const { code, stdout, stderr } = await running.ended();
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { cluster: string; deleted?: boolean });
    expect([code, stderr, lines.map(({ cluster, deleted }) => [cluster, deleted])]).toEqual([
      0,
      "",
      [
        ["edge-2", undefined],
        ["edge-2", true],
      ],
    ]);
  });

  test("prints YAML documents, and says that nothing is there yet", async () => {
    const running = start("get", "applications", "-e", "prod", "-w", "-o", "yaml");
    await until("the note", async () => running.stderr() !== "" || undefined);
    running.process.kill("SIGINT");
    const whole = start("get", "clusters", "edge-1", "-w", "-o", "yaml");
    await following(whole);
    whole.process.kill("SIGINT");
    expect([seen(await running.ended()), (await whole.ended()).stdout.startsWith("---\nname: edge-1\n")]).toEqual([
      'exit 0\n--\nNo applications of environment "prod"\n',
      true,
    ]);
  });

  test("goes on when the hub was away", async () => {
    const running = start("get", "clusters", "-w");
    await following(running);
    const { port } = hub;
    await hub.close();
    await until("the note", async () => running.stderr().includes("trying again") || undefined);
    hub = await startApiHub({ port });
    fillFleet(hub.state);
    await until("the stream of events", async () => hub.listeners() > 0 || undefined);
    hub.state.connected.add("edge-2");
    hub.state.announce({ kind: "cluster", cluster: "edge-2" });
    await shows(running, "\nedge-2   yes");
    running.process.kill("SIGINT");
    expect((await running.ended()).code).toBe(0);
  });
});

describe("wait", () => {
  test("ends at once when the condition holds", async () => {
    reportStatus(hub.state, "edge-2", { generation: 2, revision: r2 });
    expect(seen(await drover("wait", "environment/dev", "--for", "healthy", "--revision", r2.slice(0, 7)))).toBe(
      "exit 0\n",
    );
  });

  test("ends when the condition comes true", async () => {
    const running = start("wait", "env/dev", "--for", "synced");
    await until("the stream of events", async () => hub.listeners() > 0 || undefined);
    reportStatus(hub.state, "edge-2", { generation: 2, revision: r2 });
    expect(seen(await running.ended())).toBe("exit 0\n");
  });

  test("gives the reasons when it gives up, and when it only looks", async () => {
    expect(
      seen(await drover("wait", "environment/dev", "--for", "healthy", "--revision", r1, "--timeout", "2s")),
    ).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: Environment "dev" is not healthy after 2s:
        It is at 2222222222222222222222222222222222222222, not at 1111111111111111111111111111111111111111
        1 of 2 clusters synced
        1 of 2 clusters healthy
        edge-2: OutOfSync, Progressing, at 11111111, offline: Deployment shop/web: 0 of 1 ready
        edge-2: shop: Deployment shop/web: 0 of 1 ready
      "
    `);
    expect(seen(await drover("wait", "environment/prod", "--for", "synced", "--timeout", "0s"))).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: Environment "prod" is not synced after 0s:
        fleet.yaml:7 environments[1]: Unknown field "brnach": expected "branch"
        It has no clusters
      "
    `);
  });

  test("fails at once for an environment that is not there", async () => {
    expect(seen(await drover("wait", "environment/dve", "--for", "synced"))).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: No such environment: "dve"
      'drover get environments' lists what there is
      "
    `);
  });

  test("waits for a hub that has not read its repository, and for one that is away", async () => {
    hub.state.resolved = false;
    hub.state.environments.clear();
    expect(seen(await drover("wait", "environment/dev", "--for", "synced", "--timeout", "0s"))).toMatchInlineSnapshot(`
      "exit 1
      --
      Error: Environment "dev" is not synced after 0s:
        The hub has not read its repository yet
      "
    `);
    const { port } = hub;
    await hub.close();
    const away = cli.start(["wait", "environment/dev", "--for", "synced"], environment());
    hub = await startApiHub({ port });
    fillFleet(hub.state);
    reportStatus(hub.state, "edge-2", { generation: 2, revision: r2 });
    expect(seen(await away.ended())).toBe("exit 0\n");
  });

  test("says that it was interrupted", async () => {
    const running = start("wait", "environment/dev", "--for", "synced");
    await until("the stream of events", async () => hub.listeners() > 0 || undefined);
    running.process.kill("SIGINT");
    expect(seen(await running.ended())).toBe("exit 1\n--\nInterrupted\n");
  });
});
