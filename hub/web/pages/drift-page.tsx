import type { DriftView } from "../../../common/domain/index.ts";
import { type DriftGroup, groupDrift } from "../drift-groups.ts";
import type { Change } from "../event-stream.ts";
import { Age } from "../parts/age.tsx";
import { Badge } from "../parts/badge.tsx";
import { ClusterNames } from "../parts/cluster-table.tsx";
import { Limited } from "../parts/limited.tsx";
import { Empty, Reading } from "../parts/notice.tsx";
import { Unfold } from "../parts/unfold.tsx";
import { environmentPath } from "../route.ts";
import { useList } from "../use-read.ts";
import { counted, displayRef, displayValue, named } from "../words.ts";

const ofDrift = ({ kind }: Change) => kind === "drift" || kind === "cluster";

export function DriftPage() {
  const drift = useList<DriftView>("drift", ofDrift);
  return (
    <>
      <h1 tabIndex={-1}>Drift</h1>
      <Reading reads={[drift]} />
      {drift.value === undefined ? null : <Drift drift={drift.value} />}
    </>
  );
}

/** What somebody changed by hand, and what became of it. */
export function Drift({ drift }: { readonly drift: readonly DriftView[] }) {
  const groups = groupDrift(drift);
  if (groups.length === 0) return <Empty>No drift: everything is as Git says.</Empty>;
  return (
    <Limited items={groups} most={50} what="objects">
      {(shown) => (
        <ul class="plain">
          {shown.map((group) => (
            <li key={group.key} class="card">
              <DriftCard group={group} />
            </li>
          ))}
        </ul>
      )}
    </Limited>
  );
}

function DriftCard({ group }: { readonly group: DriftGroup }) {
  const { object, environment, application, state, tone, clusters, count, lastSeen, managers } = group;
  return (
    <article>
      <header class="row">
        <h2>{displayRef(object)}</h2>
        <Badge tone={tone}>{state}</Badge>
      </header>
      <p>
        <a href={environmentPath(environment)}>{environment}</a>, application {application}, by{" "}
        <strong>{named(managers)}</strong>, {counted(count, "time")}, last <Age at={lastSeen} after=" ago" />
      </p>
      <Fields fields={group.fields} />
      {clusters.length === 1 ? (
        <ClusterNames names={clusters} />
      ) : (
        <Unfold summary={`On ${counted(clusters.length, "cluster")}: ${named(clusters)}`}>
          {() => (
            <Limited items={clusters} most={200} what="clusters">
              {(names) => <ClusterNames names={names} />}
            </Limited>
          )}
        </Unfold>
      )}
      {state === "contested" ? (
        <p class="callout bad">
          {named(managers)} writes it again and again. Either take the field out of Git, or let whoever it is leave it.
        </p>
      ) : null}
    </article>
  );
}

function Fields({ fields }: { readonly fields: DriftView["fields"] }) {
  return (
    <Limited items={fields} most={10} what="fields">
      {(shown) => (
        <dl class="fields">
          {shown.map(({ path, desired, live }) => (
            <div key={path}>
              <dt>{path === "" ? "the whole object" : path}</dt>
              <dd>
                {path === "" && live === undefined ? (
                  "was deleted"
                ) : (
                  <>
                    <code>{displayValue(desired)}</code> → <code>{displayValue(live)}</code>
                  </>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Limited>
  );
}
