import { request } from "undici";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ClusterDiff, Question } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { type ApiHub, fillFleet, startApiHub } from "./http-api-fixture.ts";

let hub: ApiHub;

beforeEach(async () => {
  hub = await startApiHub();
  fillFleet(hub.state);
});
afterEach(() => hub.close());

function get(path: string) {
  return request(`${hub.url}/api/v1${path}`, { headers: { authorization: `Bearer ${hub.token}` } });
}

const linesOf = (text: string) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);

test("a diff tells its progress, then groups; a cluster that is too old is unknown, with the reason", async () => {
  const same: ClusterDiff = { identical: 3, objects: [], errors: [] };
  hub.answers.set("edge-1", async function* () {
    yield same;
  });
  hub.answers.set("edge-2", () => {
    throw new AppError("FAILED_PRECONDITION", "Agent 0.0.1 is too old for this");
  });
  const lines = linesOf(await (await get("/environments/dev/diff")).body.text());
  expect(lines.at(0)).toEqual({ progress: { answered: 0, asked: 2 } });
  expect(lines.at(-1)).toMatchObject({
    diff: {
      environment: "dev",
      summary: { identical: 1, different: 0, failed: 0, unknown: 1 },
      groups: [{ state: "identical", clusters: ["edge-1"], objects: [], errors: [] }],
      unknown: [{ cluster: "edge-2", reason: "Agent 0.0.1 is too old for this" }],
    },
  });
});

test("what is wrong at once has its own status, what goes wrong later is the last line", async () => {
  expect((await get("/environments/nothing/diff")).statusCode).toBe(404);
  expect((await get("/environments/dev/diff?revision=1111")).statusCode).toBe(404);
  hub.answers.set("edge-1", async function* () {
    yield { pod: "a", container: "b", lines: ["one"] };
    throw new AppError("UNAVAILABLE", "Lost the cluster");
  });
  const answer = await get("/environments/dev/logs?cluster=edge-1&application=shop");
  expect(answer.statusCode).toBe(200);
  expect(linesOf(await answer.body.text())).toEqual([
    { pod: "a", container: "b", lines: ["one"] },
    { error: { code: "UNAVAILABLE", message: "Lost the cluster" } },
  ]);
});

test("a client that goes away ends the question, and one that does not read holds it up", async () => {
  const asked: Question[] = [];
  let made = 0;
  let ended = false;
  hub.answers.set("edge-1", async function* (_cluster, question) {
    asked.push(question);
    try {
      for (; made < 100_000; made++) yield { pod: "a", container: "b", lines: ["x".repeat(60_000)] };
    } finally {
      ended = true;
    }
  });
  const answer = await get("/environments/dev/logs?cluster=edge-1&application=shop&follow=true&tail=5");
  let before = -1;
  await expect
    .poll(
      () => {
        const stands = made > 0 && made === before;
        before = made;
        return stands;
      },
      { interval: 200, timeout: 30_000 },
    )
    .toBe(true);
  expect(made).toBeLessThan(1_000);
  expect(asked).toMatchObject([{ kind: "logs", environment: "dev", application: "shop", follow: true, tail: 5 }]);
  answer.body.on("error", () => undefined).destroy();
  await expect.poll(() => ended).toBe(true);
});
