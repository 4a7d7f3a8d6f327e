import type { EnvironmentChanges, PromotionRecordView, PromotionView } from "../../../common/domain/index.ts";
import { promotionSentence } from "../lane.ts";
import type { Tone } from "../tone.ts";
import { counted } from "../words.ts";
import { Age } from "./age.tsx";
import { Badge } from "./badge.tsx";
import { Limited } from "./limited.tsx";
import { Empty } from "./notice.tsx";
import { Revision } from "./revision.tsx";
import { Unfold } from "./unfold.tsx";

const gateTones: Readonly<Record<PromotionView["gates"][number]["state"], Tone>> = {
  failed: "bad",
  waiting: "busy",
  passed: "good",
};
const urgency = ["failed", "waiting", "passed"];

export interface PromotionSectionProps {
  readonly promotion: PromotionView;
  /** Undefined: not read, or nothing newer. */
  readonly changes: EnvironmentChanges | undefined;
}

/** What comes next, and why it is not in yet. */
export function PromotionSection({ promotion, changes }: PromotionSectionProps) {
  const { candidate, gates, approvals, pullRequest, upstreams, mode, problems } = promotion;
  const sentence = promotionSentence(promotion);
  const sorted = gates.toSorted((left, right) => urgency.indexOf(left.state) - urgency.indexOf(right.state));
  return (
    <section class="card" aria-labelledby="next">
      <header class="row">
        <h2 id="next">
          Next from {upstreams.join(", ")}: <Revision of={candidate} />
        </h2>
        <span class="faint">
          promoted {mode === "auto" ? "by itself" : mode === "manual" ? "when somebody says so" : "never"}
        </span>
      </header>
      {problems.map(({ message }) => (
        <p key={message} class="callout warn">
          {message}
        </p>
      ))}
      {sentence === undefined ? (
        <p class="faint">Nothing newer waits.</p>
      ) : (
        <p class={`callout ${sentence.tone}`}>{sentence.text}</p>
      )}
      {sorted.length === 0 ? null : (
        <ul class="said">
          {sorted.map(({ name, state, reason, until }) => (
            <li key={name}>
              <Badge tone={gateTones[state]}>{name}</Badge> {reason}
              {until === null || state === "passed" ? null : (
                <span class="faint">
                  , until <time dateTime={until}>{until.slice(0, 16).replace("T", " ")} UTC</time>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {approvals.length === 0 ? null : <p>Approved by {approvals.map(({ actor }) => actor).join(", ")}.</p>}
      {pullRequest === null ? null : (
        <p>
          <a href={pullRequest} rel="noreferrer">
            The pull request
          </a>
        </p>
      )}
      {changes === undefined || changes.commits.length === 0 ? null : <Changes changes={changes} />}
    </section>
  );
}

function Changes({ changes: { commits, files, complete, from } }: { readonly changes: EnvironmentChanges }) {
  return (
    <Unfold
      open={commits.length <= 5}
      summary={`${counted(commits.length, "commit")}${complete ? "" : " and more"} that ${from} has, ${counted(files.length, "file")}`}
    >
      {() => (
        <Limited items={commits} most={20} what="commits">
          {(shown) => (
            <ul class="said">
              {shown.map(({ revision, subject, author, at }) => (
                <li key={revision}>
                  <Revision of={revision} /> {subject}{" "}
                  <span class="faint">
                    {author}, <Age at={at} after=" ago" />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Limited>
      )}
    </Unfold>
  );
}

/** What came in and was taken back, the newest first. */
export function PastPromotions({ records }: { readonly records: readonly PromotionRecordView[] }) {
  return (
    <section class="card" aria-labelledby="past">
      <h2 id="past">What came in</h2>
      {records.length === 0 ? (
        <Empty>
          Nothing yet: <code>drover promote</code> and <code>drover rollback</code> are remembered here.
        </Empty>
      ) : (
        <Limited items={records} most={10} what="promotions">
          {(shown) => (
            <ul class="said">
              {shown.map(({ kind, to, actor, at, reason, bypassed, proof }) => (
                <li key={`${at} ${to}`}>
                  {kind === "rollback" ? "Rolled back to " : ""}
                  <Revision of={to} /> by {actor}, <Age at={at} after=" ago" />
                  {reason === "" ? null : `: ${reason}`}
                  {bypassed.length === 0 ? null : <strong>; past {bypassed.join(", ")}</strong>}
                  {proof.length === 0 ? null : (
                    <Unfold summary="Why it was allowed">
                      {() => (
                        <ul>
                          {proof.map((line) => (
                            <li key={line}>{line}</li>
                          ))}
                        </ul>
                      )}
                    </Unfold>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Limited>
      )}
    </section>
  );
}
