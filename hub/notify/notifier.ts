import { createHmac } from "node:crypto";
import type { Clock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Cancellable, HubStore, JobQueue } from "../ports.ts";

/** What somebody should hear of, as it is posted. */
interface Notification {
  /** Of this incident: whoever gets it twice may ignore the second. */
  readonly id: string;
  readonly environment: string;
  readonly severity: "info" | "warning" | "error";
  /** One readable sentence. */
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

/** `id`: unique in its environment; `at`: milliseconds since 1970. */
interface Notice extends Pick<Notification, "id" | "severity" | "message"> {
  readonly at: number;
}

interface NotifierDependencies {
  readonly store: HubStore;
  readonly jobs: Pick<JobQueue, "handle" | "request">;
  /** Where to; undefined: nowhere. */
  readonly url: string | undefined;
  /** For the signature; undefined: it is not signed. */
  readonly secret: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Notifier {
  /** Resolves when it is stored: from then on it is posted until it arrives, or is too old. */
  notify(environment: string, notice: Notice): Promise<void>;
  /** What an earlier process left. To be called once the queue runs. */
  resume(): Promise<void>;
}

const job = "notify";
const answerMs = 10_000;
/** Nobody needs to hear later than this. */
const oldMs = 24 * 3_600_000;

/** Posts each notification as JSON, by the job queue, which tries again with backoff. To be made before the queue starts. */
export function createNotifier({ store, jobs, url, secret, clock, log }: NotifierDependencies): Notifier {
  const waiting = store.collection<Notification>("notifications");

  async function post(to: string, notification: Notification, { signal }: Cancellable): Promise<void> {
    const body = JSON.stringify(notification);
    const limit = AbortSignal.timeout(answerMs);
    const answer = await fetch(to, {
      method: "POST",
      body,
      redirect: "manual",
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      headers: {
        "content-type": "application/json",
        "x-drover-delivery": notification.id,
        ...(secret === undefined
          ? {}
          : { "x-drover-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` }),
      },
    });
    await answer.body?.cancel();
    if (answer.ok) return;
    throw new AppError("UNAVAILABLE", `Cannot notify: ${new URL(to).host} answered ${answer.status}`);
  }

  jobs.handle(job, async (key, options) => {
    const notification = await waiting.get(key);
    if (notification === undefined || url === undefined) return;
    if (clock.now() - Date.parse(notification.at) < oldMs) await post(url, notification, options);
    else log.warn({ id: notification.id }, "a notification could not be delivered for a day: it is dropped");
    await waiting.delete(key);
  });

  return {
    async notify(environment, { id, severity, message, at }) {
      if (url === undefined) return;
      const about = { id: `${environment}/${id}`, environment, severity, message };
      const notification: Notification = { ...about, at: new Date(at).toISOString() };
      await waiting.set(notification.id, notification);
      await jobs.request(job, notification.id);
    },
    async resume() {
      if (url === undefined) return;
      for (const [id] of await waiting.entries()) await jobs.request(job, id);
    },
  };
}
