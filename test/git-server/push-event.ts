import { createHmac } from "node:crypto";

export interface Webhook {
  readonly url: string;
  readonly secret?: string;
}

export interface RefUpdate {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** Tells the receiver of a push as GitHub does, one request per branch. Resolves with the statuses of the answers. */
export async function sendPushEvents(
  webhook: Webhook,
  repository: { readonly name: string; readonly url: string },
  updates: readonly RefUpdate[],
): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const { ref, before, after } of updates) {
    const body = JSON.stringify({
      ref,
      before,
      after,
      created: /^0+$/.test(before),
      deleted: /^0+$/.test(after),
      repository: { full_name: repository.name, clone_url: repository.url },
    });
    const response = await fetch(webhook.url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "x-github-event": "push",
        ...(webhook.secret === undefined
          ? {}
          : { "x-hub-signature-256": `sha256=${createHmac("sha256", webhook.secret).update(body).digest("hex")}` }),
      },
    });
    await response.arrayBuffer();
    statuses.push(response.status);
  }
  return statuses;
}
