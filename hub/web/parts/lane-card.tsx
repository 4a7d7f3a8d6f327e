import type { EnvironmentView } from "../../../common/domain/index.ts";
import type { Lane, Sentence } from "../lane.ts";
import { environmentPath } from "../route.ts";
import { counted } from "../words.ts";
import { Age } from "./age.tsx";
import { Badge } from "./badge.tsx";
import { Revision } from "./revision.tsx";
import { Waves } from "./waves.tsx";

/** An environment in the overview. */
export function LaneCard({ lane }: { readonly lane: Lane }) {
  const { environment, rollout, tone, state } = lane;
  return (
    <article class={`card lane ${tone}`} aria-label={environment.name}>
      <header>
        <h2>
          <a href={environmentPath(environment.name)}>{environment.name}</a>
        </h2>
        <Badge tone={tone}>{state}</Badge>
      </header>
      <Standing lane={lane} />
      <Said sentence={lane.sentence} />
      <Stops stops={lane.stops} />
      <Counts of={environment.clusters} />
      {rollout === undefined || rollout.waves.length === 0 ? null : <Waves waves={rollout.waves} />}
    </article>
  );
}

/** What runs, and what comes next. */
export function Standing({ lane: { environment, promotion } }: { readonly lane: Lane }) {
  const next = promotion?.candidate ?? environment.pending;
  return (
    <dl class="facts">
      <div>
        <dt>Branch</dt>
        <dd>{environment.branch}</dd>
      </div>
      <div>
        <dt>Runs</dt>
        <dd>
          <Revision of={environment.revision} />
        </dd>
      </div>
      {environment.upstreams.length === 0 ? null : (
        <div>
          <dt>Next</dt>
          <dd>
            {next === null ? <span class="faint">nothing newer</span> : <Revision of={next} />}
            <span class="faint"> from {environment.upstreams.join(", ")}</span>
          </dd>
        </div>
      )}
    </dl>
  );
}

export function Said({ sentence }: { readonly sentence: Sentence | undefined }) {
  if (sentence === undefined) return null;
  return (
    <p class={`callout ${sentence.tone}`}>
      {sentence.text} <Age at={sentence.since} before="(for " after=")" />
    </p>
  );
}

export function Stops({ stops }: Pick<Lane, "stops">) {
  return (
    <>
      {stops.map(({ kind, text }) => (
        <p key={kind} class="callout warn">
          <strong>{kind}:</strong> {text}
        </p>
      ))}
    </>
  );
}

export function Counts({ of }: { readonly of: EnvironmentView["clusters"] }) {
  if (of.total === 0) return null;
  const parts = [
    { text: `${of.synced} synced`, tone: of.synced === of.total ? "" : "busy" },
    { text: `${of.healthy} healthy`, tone: of.healthy === of.total ? "" : "bad" },
    { text: `${of.drifted} drifted`, tone: of.drifted === 0 ? "faint" : "warn" },
    { text: `${of.offline} offline`, tone: of.offline === 0 ? "faint" : "warn" },
  ];
  return (
    <ul class="counts">
      <li>{counted(of.total, "cluster")}</li>
      {parts.map(({ text, tone }) => (
        <li key={text} class={tone}>
          {text}
        </li>
      ))}
    </ul>
  );
}
