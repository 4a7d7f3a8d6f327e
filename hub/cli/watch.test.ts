import { expect, test } from "vitest";
import type { ApplicationView } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { ViewFilter } from "../surfaces.ts";
import type { HubClient } from "./client.ts";
import type { Batch } from "./event-stream.ts";
import type { Resource } from "./resource.ts";
import { findResource } from "./resources.ts";
import { watch } from "./watch.ts";
import { changedParts } from "./watched-parts.ts";

const resource = (word: string) => findResource(word) as Resource<ApplicationView>;

const application = (cluster: string, revision: string): ApplicationView => ({
  environment: "dev",
  cluster,
  name: "shop",
  revision,
  sync: "Synced",
  health: "Healthy",
  message: "",
  objects: 1,
  drifted: 0,
  blockedPrune: null,
  problems: [],
});

test("changedParts() reads only what a change names", () => {
  const change = { kind: "drift", environment: "dev", cluster: "edge-1", application: "shop" } as const;
  expect([
    changedParts(resource("drift"), {}, [change, change]),
    changedParts(resource("drift"), { cluster: "edge-2" }, [change]),
    changedParts(resource("drift"), { name: "web" }, [change]),
    changedParts(resource("clusters"), {}, [change]),
    changedParts(resource("clusters"), {}, [{ ...change, kind: "application" }]),
    changedParts(resource("environments"), { name: "dev" }, [{ ...change, kind: "application" }]),
    changedParts(resource("clusters"), {}, [{ kind: "environment", environment: "dev" }]),
    changedParts(resource("drift"), { environment: "dev" }, "everything"),
  ]).toEqual([
    [{ environment: "dev", cluster: "edge-1", application: "shop" }],
    [],
    [{ environment: "dev", cluster: "edge-1", application: "shop", name: "web" }],
    [],
    [{ cluster: "edge-1" }],
    [{ name: "dev" }],
    [{}],
    [{ environment: "dev" }],
  ]);
});

test("changedParts() reads the whole instead of very many parts", () => {
  const changes = Array.from({ length: 40 }, (_, index) => ({ kind: "cluster" as const, cluster: `edge-${index}` }));
  expect(changedParts(resource("applications"), { environment: "dev" }, changes)).toEqual([{ environment: "dev" }]);
});

test("watch() gives the listing, then what is new, changed or gone", async () => {
  let items = [application("edge-1", "r1"), application("edge-2", "r1")];
  const asked: ViewFilter[] = [];
  const client: Pick<HubClient, "list" | "changes"> = {
    async list<T>(_resource: string, filter: ViewFilter = {}) {
      asked.push(filter);
      return items.filter(({ cluster }) => (filter.cluster ?? cluster) === cluster) as unknown as readonly T[];
    },
    async *changes(): AsyncGenerator<Batch> {
      yield "everything";
      items = [application("edge-1", "r2"), application("edge-3", "r1")];
      yield [{ kind: "application", environment: "dev", cluster: "edge-1", application: "shop" }];
      yield [{ kind: "object", environment: "dev", cluster: "edge-1", application: "shop" }];
      yield [
        { kind: "cluster", cluster: "edge-2" },
        { kind: "cluster", cluster: "edge-3" },
      ];
    },
  };
  const seen = [];
  const options = { signal: new AbortController().signal, lost: () => undefined };
  for await (const changed of watch(resource("applications"), {}, client, options)) {
    seen.push(changed.map(({ item, gone }) => `${gone ? "-" : "+"}${item.cluster}@${item.revision}`));
  }
  expect({ seen, asked }).toEqual({
    seen: [["+edge-1@r1", "+edge-2@r1"], ["+edge-1@r2"], ["-edge-2@r1", "+edge-3@r1"]],
    asked: [
      {},
      {},
      { environment: "dev", cluster: "edge-1", application: "shop" },
      { cluster: "edge-2" },
      { cluster: "edge-3" },
    ],
  });
});

test("watch() asks again when the hub goes away between the news and the question", async () => {
  let failures = 1;
  let revision = "r1";
  const client: Pick<HubClient, "list" | "changes"> = {
    async list<T>() {
      if (revision === "r2" && failures-- > 0) throw new AppError("UNAVAILABLE", "Cannot reach the hub");
      return [application("edge-1", revision)] as unknown as readonly T[];
    },
    async *changes(): AsyncGenerator<Batch> {
      revision = "r2";
      yield "everything";
    },
  };
  const seen: string[] = [];
  const notes: string[] = [];
  const options = { signal: new AbortController().signal, lost: (message: string) => notes.push(message) };
  for await (const changed of watch(resource("applications"), {}, client, options)) {
    seen.push(...changed.map(({ item }) => item.revision));
  }
  expect({ seen, notes }).toEqual({ seen: ["r1", "r2"], notes: ["Cannot reach the hub"] });
});
