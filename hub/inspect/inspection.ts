import pLimit from "p-limit";
import type { LogLines, Manifest, ObjectEvent } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { EventsResult, FleetInspection } from "../surfaces.ts";
import { askOnce } from "./ask.ts";
import type { InspectionDependencies } from "./dependencies.ts";
import { dryRun } from "./dry-run.ts";
import { findObject } from "./find-object.ts";
import { groupDiffs } from "./group.ts";
import { membersOf } from "./members.ts";

const askedAtOnce = 64;

export function createInspection(dependencies: InspectionDependencies): FleetInspection {
  const { agents } = dependencies;

  return {
    dryRun: (request, options) => dryRun(dependencies, request, options),
    async diff(request, options) {
      const { revision = null, clusters } = await dryRun(dependencies, request, options);
      return { environment: request.environment, revision, ...groupDiffs(clusters) };
    },
    async show(request, { signal }) {
      const { environment, cluster, managedFields } = request;
      membersOf(dependencies, environment, [cluster]);
      const ref = findObject(dependencies.queries.objects({ environment, cluster }), request);
      const question = { kind: "show", environment, ref, managedFields } as const;
      return (await askOnce(dependencies, cluster, question, signal)) as Manifest;
    },
    async *logs({ cluster, ...question }, options) {
      membersOf(dependencies, question.environment, [cluster]);
      yield* agents().ask(cluster, { kind: "logs", ...question }, options) as AsyncIterable<LogLines>;
    },
    async events({ environment, cluster, application = "" }, { signal, answered }) {
      const members = membersOf(dependencies, environment, cluster === undefined ? undefined : [cluster]);
      const atOnce = pLimit(askedAtOnce);
      const unknown: EventsResult["unknown"][number][] = [];
      let done = 0;
      const lists = await Promise.all(
        members.map((member) =>
          atOnce(async () => {
            try {
              const question = { kind: "events", environment, application } as const;
              const found = (await askOnce(dependencies, member, question, signal)) as readonly ObjectEvent[];
              return found.map((event) => ({ cluster: member, ...event }));
            } catch (thrown) {
              signal?.throwIfAborted();
              if (cluster !== undefined) throw thrown;
              unknown.push({ cluster: member, reason: toAppError(thrown).message });
              return [];
            } finally {
              answered?.(++done, members.length);
            }
          }),
        ),
      );
      return { items: lists.flat().sort((left, right) => (left.lastSeen < right.lastSeen ? -1 : 1)), unknown };
    },
  };
}
