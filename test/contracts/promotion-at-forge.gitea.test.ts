import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../programs/index.ts";
import {
  createPromotionAtForgeStage,
  type HubAtForge,
  type PromotionAtForgeStage,
} from "./promotion-at-forge-stage.ts";

let stage: PromotionAtForgeStage;
beforeAll(async () => {
  stage = await createPromotionAtForgeStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

interface Pull {
  readonly number: number;
  readonly state: string;
  readonly title: string;
  readonly body: string;
  readonly head: { readonly sha: string };
}

async function pullsInto({ branch }: HubAtForge, state: "open" | "all" = "open"): Promise<readonly Pull[]> {
  const path = `${stage.forge.repository}/pulls?state=${state}&base_branch=${encodeURIComponent(branch)}`;
  return stage.forge.gitea.request<Pull[]>({ path });
}

/** The one open pull request, once it is for this commit. */
async function pullFor(hub: HubAtForge, revision: string): Promise<Pull> {
  return until(`the pull request for ${revision}`, async () => {
    const pulls = await pullsInto(hub);
    expect(pulls.length).toBeLessThanOrEqual(1);
    return pulls.find(({ title }) => title.includes(revision.slice(0, 12)));
  });
}

async function commit(hub: HubAtForge, path?: string, text?: string): Promise<string> {
  const revision = await stage.forge.commit("main", path, text);
  await hub.fetch();
  return revision;
}

const gate = (hub: HubAtForge, name: string) => hub.view().gates.find((each) => each.name === name);
const promotion = { actor: "cleo", waitMs: 0, emergency: false, reason: "", revision: undefined };

/** Resolves when the hub has asked the forge nothing for a while that is long for it. */
async function quiet(hub: HubAtForge): Promise<number> {
  let last = -1;
  let since = Date.now();
  return until("the hub to leave the forge alone", () => {
    if (hub.calls.length !== last) {
      last = hub.calls.length;
      since = Date.now();
    }
    return Date.now() - since > 1_500 ? last : undefined;
  });
}

test("rule 16: one pull request is open, follows the candidate, and the forge is asked nothing without a change", async () => {
  const hub = await stage.open("follow", { via: "pullRequest", approvals: 1 });
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "key", namespace: "shop" },
    data: { key: "czNjcjN0" },
  };
  await stage.forge.commit("main", "apps/shop/key.json", JSON.stringify(secret));
  const shop = { apiVersion: "drover.dev/v1alpha1", kind: "Application", metadata: { name: "shop" }, spec: {} };
  const first = await commit(hub, "apps/shop/application.yaml", JSON.stringify(shop));
  const opened = await pullFor(hub, first);
  expect(opened.head.sha).toBe(first);
  expect(opened.body).toContain("| ⏳ approvals | 0 of 1 approvals |");
  expect(opened.body).toContain(`- ${first.slice(0, 12)} A change`);
  expect(opened.body).toContain("| shop | 1 | 0 | 0 |");
  expect(opened.body).not.toContain(secret.data.key);
  await until("the view to show it", () => hub.view().pullRequest?.endsWith(`/pulls/${opened.number}`) || undefined);

  const asked = await quiet(hub);
  const rendered = hub.renderings();
  for (let news = 0; news < 50; news++) hub.churn();
  hub.promoter.hint({ kind: "status", revision: first, context: "drover/follow/approvals" });
  hub.promoter.hint({ kind: "status", revision: first, context: "somebody/else" });
  expect(await quiet(hub)).toBe(asked);
  expect(hub.renderings()).toBe(rendered);

  const second = await commit(hub);
  const updated = await pullFor(hub, second);
  expect(updated).toMatchObject({ number: opened.number, head: { sha: second } });

  await hub.promoter.approve("follow", { actor: "ben" });
  await until(
    "the approval in the text",
    async () => (await pullsInto(hub))[0]?.body.includes("Approved by ben") || undefined,
  );
});

test("rules 2 and 18: mode auto merges once all gates have passed, and goes on from the forge's merge commits", async () => {
  const hub = await stage.open("auto", { via: "pullRequest", mode: "auto" });
  for (const round of [1, 2]) {
    const revision = await commit(hub);
    const tip = await until(`round ${round} to be merged`, async () => {
      await hub.fetch();
      const { running, candidate } = hub.view();
      return candidate === null && hub.promoter.history("auto").length === round ? (running ?? undefined) : undefined;
    });
    expect(tip).not.toBe(revision);
    expect(hub.promoter.history("auto")[0]).toMatchObject({ actor: "drover", bypassed: [], commit: revision, to: tip });
    const message = await stage.forge.gitea.request<{ commit: { message: string } }>({
      path: `${stage.forge.repository}/git/commits/${tip}`,
    });
    expect(message.commit.message).toMatch(
      new RegExp(`\\nDrover-Promoted-By: drover\\n[^]*\\nDrover-Tree-Of: ${revision}\\n*$`),
    );
  }
  expect(await pullsInto(hub)).toEqual([]);
  expect(await pullsInto(hub, "all")).toHaveLength(2);

  const known = hub.promoter.history("auto");
  await hub.loseStore();
  const found = await until("the history out of Git", () => {
    const records = hub.promoter.history("auto");
    return records.length === 2 ? records : undefined;
  });
  expect(found).toEqual(known);
});

test("rule 16: what a person merges, squashed even, is remembered with the gates that were closed, once", async () => {
  const hub = await stage.open("merged", { via: "pullRequest", approvals: 1 });
  const revision = await commit(hub);
  const { number } = await pullFor(hub, revision);
  await until("the view to show it", () => hub.view().pullRequest ?? undefined);
  await stage.forge.mergeByHand(number, "squash");
  await hub.restart();
  const [record] = await until("the record", async () => {
    await hub.fetch();
    const records = hub.promoter.history("merged");
    return records.length > 0 ? records : undefined;
  });
  expect(record).toMatchObject({
    kind: "promotion",
    commit: revision,
    to: await stage.forge.tip(hub.branch),
    actor: "ann",
    bypassed: ["approvals: 0 of 1 approvals"],
    reason: `Pull request #${number} was merged`,
  });
  expect(hub.view().pullRequest).toBeNull();

  const next = await commit(hub);
  await pullFor(hub, next);
  expect(hub.promoter.history("merged")).toHaveLength(1);
});

test("rule 16: what a person closes stays closed until the candidate changes or somebody promotes", async () => {
  const hub = await stage.open("closed", { via: "pullRequest", mode: "auto", approvals: 1 });
  const first = await commit(hub);
  const { number } = await pullFor(hub, first);
  await stage.forge.closeByHand(number);
  hub.promoter.hint({ kind: "pullRequest" });
  const reason = await until("the reason", () => gate(hub, "forge")?.reason);
  expect(reason).toBe(
    `Pull request #${number} was closed by ann: a newer commit or \`drover promote closed\` opens another one`,
  );
  await hub.promoter.approve("closed", { actor: "ben" });
  await quiet(hub);
  expect(await pullsInto(hub)).toEqual([]);

  const second = await commit(hub);
  expect((await pullFor(hub, second)).number).not.toBe(number);
  await until("the gate to open", () => gate(hub, "forge") === undefined || undefined);

  await stage.forge.closeByHand((await pullFor(hub, second)).number);
  hub.promoter.hint({ kind: "pullRequest" });
  await until("the reason", () => gate(hub, "forge")?.reason);
  await hub.promoter.approve("closed", { actor: "ben" });
  const { from, moved } = await hub.promoter.promote("closed", promotion);
  expect({ from, moved }).toEqual({ from: expect.any(String), moved: true });
  expect(hub.promoter.history("closed")[0]).toMatchObject({ actor: "cleo" });
});

test("rule 16: what was proposed for an environment that left fleet.yaml or takes pushes is closed with the reason, unless somebody else opened it; while fleet.yaml cannot be read it stays", async () => {
  const policy = { via: "pullRequest", approvals: 1 } as const;
  const hub = await stage.open("leaves", policy);
  const theirs = await stage.open("theirs", policy);
  // Ahead of the branch already, with a pull request of a person's.
  await stage.forge.commit(`${theirs.branch}-next`);
  const body = { head: `${theirs.branch}-next`, base: theirs.branch, title: "Mine", body: "A word" };
  const token = stage.forge.ann.token;
  const mine = await stage.forge.gitea.request<Pull>({
    ...{ method: "POST", path: `${stage.forge.repository}/pulls`, body, token },
  });
  const first = await pullFor(hub, await commit(hub));
  await until("the view to show it", () => hub.view().pullRequest ?? undefined);
  await theirs.fetch();
  await until("the other view to show it", () => theirs.view().pullRequest ?? undefined);

  await hub.describe("unreadable");
  await hub.restart();
  expect(await quiet(hub)).toBeGreaterThan(0);
  expect(await pullsInto(hub)).toHaveLength(1);
  const asked = hub.calls.length;

  await Promise.all([hub.describe("without it"), theirs.describe("without it")]);
  await until("it to be closed", async () => (await pullsInto(hub)).length === 0 || undefined);
  expect(await stage.forge.comments(first.number)).toEqual([
    'Drover closes this: fleet.yaml has no environment "leaves" any more.',
  ]);
  const changes = ["openPullRequest", "commentPullRequest", "closePullRequest"];
  expect(hub.calls.slice(asked).filter((call) => changes.includes(call))).toEqual(changes.slice(1));

  await hub.describe(policy);
  const second = await pullFor(hub, await commit(hub));
  const closing = hub.loseAnswer("closePullRequest");
  await hub.describe({ ...policy, via: "push" });
  await closing;
  await hub.restart();
  await until("it to be forgotten", () => hub.view().pullRequest === null || undefined);
  expect(await stage.forge.comments(second.number)).toEqual([
    'Drover closes this: fleet.yaml says that "leaves" is promoted into by pushes now.',
  ]);
  expect([await pullsInto(hub), await pullsInto(theirs)]).toMatchObject([[], [{ number: mine.number }]]);
  expect(await stage.forge.comments(mine.number)).toEqual([]);
});

test("rule 2: a hub that dies after opening finds it again, one that dies after merging merges once", async () => {
  const hub = await stage.open("dies", { via: "pullRequest", mode: "auto", approvals: 1 });
  const opening = hub.loseAnswer("openPullRequest");
  const revision = await commit(hub);
  await opening;
  const opened = await pullFor(hub, revision);
  await hub.restart();
  await until("the view to show it", () => hub.view().pullRequest ?? undefined);
  expect(await pullsInto(hub, "all")).toHaveLength(1);

  const merging = hub.loseAnswer("mergePullRequest");
  await hub.promoter.approve("dies", { actor: "ben" });
  await merging;
  await hub.restart();
  const history = await until("the record", async () => {
    await hub.fetch();
    const records = hub.promoter.history("dies");
    return records.length > 0 ? records : undefined;
  });
  expect(history).toHaveLength(1);
  expect(history[0]).toMatchObject({ actor: "drover", bypassed: [] });
  expect((await pullsInto(hub, "all")).map(({ number }) => number)).toEqual([opened.number]);
  expect(hub.calls.filter((call) => call === "mergePullRequest")).toHaveLength(1);
});

test("rule 3: required statuses close the way until the forge has them for that commit", async () => {
  const hub = await stage.open("statuses", { mode: "auto", statuses: ["ci/build"] });
  const post = (commit: string, context: string, state: string) =>
    stage.forge.gitea.request({
      method: "POST",
      path: `${stage.forge.repository}/statuses/${commit}`,
      body: { context, state },
      token: stage.forge.ann.token,
    });
  // Of another commit it says nothing.
  await post(await stage.forge.tip(hub.branch), "ci/build", "success");
  const revision = await commit(hub);
  const what = `Status "ci/build" of ${revision.slice(0, 12)}`;
  await until(
    "the status to be missed",
    () => gate(hub, "status/ci/build")?.reason === `${what} is not there` || undefined,
  );
  const before = await stage.forge.tip(hub.branch);

  hub.cut(true);
  hub.promoter.hint({ kind: "status" });
  await until("the forge to be missed", () => gate(hub, "status/ci/build")?.reason.includes("is away") || undefined);
  expect(await stage.forge.tip(hub.branch)).toBe(before);
  hub.cut(false);

  await post(revision, "ci/build", "failure");
  hub.promoter.hint({ kind: "status", revision, context: "ci/build" });
  await until("the failure", () => gate(hub, "status/ci/build")?.state === "failed" || undefined);
  await post(revision, "ci/build", "success");
  hub.promoter.hint({ kind: "status", revision, context: "ci/build" });
  await until("the branch to move", async () => (await stage.forge.tip(hub.branch)) === revision || undefined);
});

test("rule 17: gates are mirrored as commit statuses, and a forge that is away holds up nothing", async () => {
  const hub = await stage.open("mirror", { mode: "auto", approvals: 1 });
  const revision = await commit(hub);
  const told = async () => {
    const statuses = await stage.forge.forge.statuses(revision);
    return Object.fromEntries(
      [...statuses]
        .filter(([context]) => context.startsWith("drover/mirror/"))
        .map(([context, [only]]) => [context, only]),
    );
  };
  const link = "https://drover.example/mirror";
  const approvals = {
    context: "drover/mirror/approvals",
    state: "pending",
    description: "0 of 1 approvals",
    url: link,
  };
  const all = await until("the status of the last gate", async () => {
    const statuses = await told();
    return "drover/mirror/line" in statuses ? statuses : undefined;
  });
  expect(all).toMatchObject({
    "drover/mirror/upstream": { state: "success", url: link },
    "drover/mirror/soak": { state: "success" },
    "drover/mirror/approvals": approvals,
    "drover/mirror/line": { state: "success" },
  });

  // What anybody says there of our own gates is no word of ours.
  const before = await stage.forge.tip(hub.branch);
  await stage.forge.gitea.request({
    method: "POST",
    path: `${stage.forge.repository}/statuses/${revision}`,
    body: { context: "drover/mirror/approvals", state: "success" },
    token: stage.forge.ann.token,
  });
  hub.promoter.hint({ kind: "status", revision, context: "drover/mirror/approvals" });
  hub.churn();
  await quiet(hub);
  expect(gate(hub, "approvals")).toMatchObject({ state: "waiting", reason: "0 of 1 approvals" });
  expect(await stage.forge.tip(hub.branch)).toBe(before);

  hub.cut(true);
  await hub.promoter.approve("mirror", { actor: "ben" });
  await until("the branch to move", async () => (await stage.forge.tip(hub.branch)) === revision || undefined);
});

test("a protected branch that refuses the hub stays, and the reason is shown and told; rolled back by a pull request", async () => {
  const hub = await stage.open("protected", { mode: "auto" });
  const body = { rule_name: hub.branch, enable_push: false };
  await stage.forge.gitea.request({ method: "POST", path: `${stage.forge.repository}/branch_protections`, body });
  const before = await stage.forge.tip(hub.branch);
  await commit(hub);
  const reason = await until("the reason", () => gate(hub, "forge")?.reason);
  expect(reason).toMatch(/^Cannot push to ".*": the server does not allow it with the credentials of user "drover"/);
  expect(hub.view().state).toBe("waiting");
  await expect(hub.promoter.promote("protected", promotion)).rejects.toMatchObject({
    code: "PERMISSION_DENIED",
    message: expect.stringMatching(/the server does not allow it/),
  });
  expect(await stage.forge.tip(hub.branch)).toBe(before);

  // Back to where it came from: by one pull request, which the hub may open.
  const path = `${stage.forge.repository}/git/commits/${before}`;
  const { parents } = await stage.forge.gitea.request<{ parents: readonly { sha: string }[] }>({ path });
  const back = { to: parents[0]?.sha, reason: "too new", actor: "cleo" };
  const asked = await hub.rollback(back);
  expect(asked).toMatchObject({ from: before, moved: false, pullRequest: expect.stringContaining("/pulls/") });
  expect(gate(hub, "hold")?.reason).toBe(
    'Held by cleo: rolled back by cleo: too new, once "env/protected-revert" is merged',
  );
  await hub.restart();
  expect(await hub.rollback(back)).toEqual(asked);
  const [pull, ...others] = await pullsInto(hub, "all");
  expect([pull, others]).toMatchObject([{ title: `Roll back protected to ${back.to?.slice(0, 12)}` }, []]);
  await stage.forge.mergeByHand(pull?.number ?? 0, "squash");
  await hub.fetch();
  await until("the record", () => hub.promoter.history("protected")[0]);
  expect(hub.promoter.history("protected")).toMatchObject([
    {
      ...{ kind: "rollback", from: before, to: await stage.forge.tip(hub.branch), commit: back.to },
      ...{ actor: "cleo", reason: "too new" },
    },
  ]);
  await until("it to be held", () => gate(hub, "hold")?.reason === "Rolled back by cleo: too new" || undefined);
});
