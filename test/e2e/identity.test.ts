import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeJoinToken, encodeJoinToken } from "../../common/wire/index.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { inCheckout, startChild, until } from "../programs/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { dataOf, ownedNames, versionsOf } from "./live-objects.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

const files = {
  "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
  "apps/shop/application.yaml": applicationYaml("shop"),
  "apps/shop/settings.json": configMap("settings", { theme: "light" }),
};

describe("who may join, and for how long", () => {
  let east: ControlPlane;
  let west: ControlPlane;
  let fleet: Fleet;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "drover-identity-"));
    [east, west] = await Promise.all([startControlPlane(), startControlPlane()]);
    fleet = await startFleet({
      clusters: { east: { plane: east, labels: { environment: "dev" } } },
      files,
    });
    await fleet.healthy("dev", await fleet.work.head());
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([east?.stop(), west?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function issue(cluster: string, ...args: string[]) {
    const { code, stdout, stderr } = await fleet.drover("cluster", "join", cluster, "-o", "json", ...args);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as { token: string; expiresAt: string };
  }

  const agentArguments = (plane: ControlPlane, token: string) => [
    inCheckout("dist/agent.js"),
    ...["--token", token, "--kubeconfig", plane.kubeconfig, "--data", mkdtempSync(join(folder, "agent-"))],
  ];

  /** Runs an agent that is to end by itself. */
  const refused = (plane: ControlPlane, token: string): Promise<CommandResult> =>
    runCommand(process.execPath, agentArguments(plane, token));

  const connected = async (cluster: string) =>
    (await fleet.list("clusters")).find(({ name }) => name === cluster)?.connected;

  test("certificates are renewed on the stream that is there, and outlived", async () => {
    await using plane = await startControlPlane();
    const hasty = await startFleet({
      clusters: { south: { plane, labels: { environment: "dev" } } },
      files,
      // Long enough for an agent that starts on a busy machine.
      hub: ["--redis", "off", "--certificate-lifetime", "20s"],
    });
    try {
      const own = hasty.agent("south");
      const opened = () => hasty.hub.output().split("Agent connected").length - 1;
      const renewals = () => own.output().split("Took up a new certificate").length - 1;
      // The second one comes after the end of the certificate that opened the stream.
      await until("two renewals", () => renewals() >= 2 || undefined, { timeoutMs: 90_000 });
      await plane.kubectl(["patch", "configmap", "settings", "--type", "merge", "-p", '{"data":{"theme":"none"}}']);
      await until(
        "the drift to be reported",
        async () => (await hasty.list("drift")).some(({ state }) => state === "corrected") || undefined,
      );
      expect(await dataOf(plane, "settings")).toEqual({ theme: "light" });
      expect(opened()).toBe(1);
      // On disk too: a restart uses the newest.
      await own.kill();
      await own.start();
      await until("the agent to be connected anew", () => opened() > 1 || undefined);
      expect(own.output()).not.toContain("refuses this agent");
    } finally {
      await hasty.stop();
    }
  });

  test("a used token → refused, and whoever used it stays", async () => {
    const { token } = await issue("west", "-l", "environment=none");
    const first = await startChild(process.execPath, agentArguments(west, token), { log: join(folder, "west.log") });
    await until("the first to be connected", async () => (await connected("west")) || undefined);
    const second = await refused(west, token);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(
      "The hub refused to let this cluster join: Cannot accept the join token: it was used",
    );
    expect(fleet.hub.output()).toContain("Cannot accept the join token: it was used");
    expect(await connected("west")).toBe(true);
    await first.kill();
  });

  test("a token that is unreadable, of another hub, or with a wrong secret → refused", async () => {
    const { token } = await issue("north");
    const read = decodeJoinToken(token);
    const [unreadable, foreign, wrong] = await Promise.all([
      refused(west, token.slice(0, 60)),
      refused(west, encodeJoinToken({ ...read, caFingerprint: "0".repeat(64) })),
      refused(west, encodeJoinToken({ ...read, secret: "guessed" })),
    ]);
    expect([unreadable.code, foreign.code, wrong.code]).toEqual([1, 1, 1]);
    expect(unreadable.stderr).toContain("Cannot read the join token: it is incomplete or no join token");
    expect(foreign.stderr).toContain("CA");
    expect(wrong.stderr).toContain("Cannot accept the join token: this hub did not issue it");
    expect(fleet.hub.output()).toContain("Cannot accept the join token: this hub did not issue it");
    for (const { stderr } of [unreadable, foreign, wrong]) expect(stderr).not.toContain(token.slice(8, 60));
  });

  test("an expired token → refused", async () => {
    const hasty = await startFleet({
      clusters: {},
      files: { "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]) },
      hub: ["--redis", "off", "--join-token-lifetime", "1s"],
    });
    try {
      const joined = await hasty.drover("cluster", "join", "late", "-o", "json");
      const { token, expiresAt } = JSON.parse(joined.stdout) as { token: string; expiresAt: string };
      await until("the token to expire", () => Date.now() > Date.parse(expiresAt) || undefined);
      const { code, stderr } = await refused(west, token);
      expect(code).toBe(1);
      expect(stderr).toContain(`Cannot accept the join token: it expired at ${expiresAt}`);
      expect(hasty.hub.output()).toContain(`Cannot accept the join token: it expired at ${expiresAt}`);
    } finally {
      await hasty.stop();
    }
  });

  test("revoke cuts the live stream and keeps the agent out; its objects stay; joined again it goes on", async () => {
    const own = fleet.agent("east");
    const versions = await versionsOf(east);
    const refusals = () => own.output().split("The hub refuses this agent").length - 1;
    expect((await fleet.drover("cluster", "revoke", "east")).code).toBe(0);
    await until("the stream to be cut", async () => (await connected("east")) === false || undefined);
    await until("the agent to say why", () => refusals() > 0 || undefined);
    const why = 'The certificate of cluster \\"east\\" was revoked';
    expect(own.output()).toContain(why);
    expect(fleet.hub.output()).toContain(why);

    // It tries again, now and after a restart.
    await own.kill();
    const before = refusals();
    await own.start();
    await until("the agent to be refused again", () => refusals() > before || undefined);
    expect(own.output()).toContain(`${why} at`);
    expect(fleet.hub.output()).toContain(`${why} at`);
    expect(await connected("east")).toBe(false);
    expect(await versionsOf(east)).toEqual(versions);

    await own.kill();
    await fleet.join("east", east, { environment: "dev" });
    await until("the agent to be connected", async () => (await connected("east")) || undefined);
    await fleet.healthy("dev", await fleet.work.head());
    // Without a memory of its own it finds in the cluster what it had applied.
    expect(await versionsOf(east)).toEqual(versions);
  });

  test("a name belongs to its cluster: another one is refused, however it comes by a token", async () => {
    const again = await fleet.drover("cluster", "join", "east");
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('Cluster "east" has joined already: say --replace');
    await fleet.drover("cluster", "revoke", "east");
    const { token } = await issue("east");
    const { code, stderr } = await refused(west, token);
    expect(code).toBe(1);
    const why = `the name belongs to the cluster with UID \\"${await east.kubeSystemUid()}\\"`;
    expect(stderr).toContain(why);
    expect(stderr).toContain("join again with --replace");
    expect(fleet.hub.output()).toContain(why);
    expect(await ownedNames(west)).toEqual([]);
  });

  test("remove → the stream ends with the reason, the objects stay, and the agent is not let in again", async () => {
    const { token } = await issue("west", "--replace", "-l", "environment=dev");
    const child = await startChild(process.execPath, agentArguments(west, token), { log: join(folder, "removed.log") });
    await until("its objects", async () => dataOf(west, "settings"));
    await until("it to be connected", async () => (await connected("west")) || undefined);
    await fleet.healthy("dev", await fleet.work.head());
    const versions = await versionsOf(west);
    expect((await fleet.drover("cluster", "remove", "west")).code).toBe(0);
    await until(
      "the agent to say why",
      () => readFileSync(child.log, "utf8").includes('Cluster \\"west\\" was removed from the fleet') || undefined,
    );
    expect(await connected("west")).toBeUndefined();
    expect(await versionsOf(west)).toEqual(versions);
    await child.kill();
  });
});
