/** What the hub answered, or why it did not. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly kind: "loggedOut" | "away" | "refused"; readonly message: string };

/** The hub's API, with the session of this browser. */
export interface Client {
  list<T>(path: string, signal?: AbortSignal): Promise<Answer<readonly T[]>>;
  get<T>(path: string, signal?: AbortSignal): Promise<Answer<T>>;
  send(method: "POST" | "DELETE", path: string, body?: unknown): Promise<Answer<unknown>>;
  /** The stream of changes; whoever reads it ends it by the signal. */
  changes(signal: AbortSignal): Promise<Answer<ReadableStream<Uint8Array>>>;
}

const base = "/api/v1/";
/** Says that it is the hub's own page that asks: other origins' pages may not add it. */
const page = { "x-drover-page": "1" };

export function createClient(request: typeof fetch): Client {
  async function ask(path: string, options: RequestInit): Promise<Answer<Response>> {
    let response: Response;
    try {
      response = await request(`${base}${path}`, { credentials: "same-origin", ...options });
    } catch {
      return { ok: false, kind: "away", message: "The hub does not answer" };
    }
    if (response.ok) return { ok: true, value: response };
    const body = (await response.json().catch(() => undefined)) as { error?: { message?: string } } | undefined;
    const message = body?.error?.message ?? `The hub answered ${response.status}`;
    return { ok: false, kind: kindOf(response.status), message };
  }

  async function json<T>(asked: Promise<Answer<Response>>): Promise<Answer<T>> {
    const answer = await asked;
    if (!answer.ok) return answer;
    try {
      return { ok: true, value: (answer.value.status === 204 ? undefined : await answer.value.json()) as T };
    } catch {
      return { ok: false, kind: "away", message: "The hub's answer broke off" };
    }
  }

  const get = <T>(path: string, signal?: AbortSignal) => json<T>(ask(path, signal === undefined ? {} : { signal }));
  return {
    get,
    async list<T>(path: string, signal?: AbortSignal) {
      const answer = await get<{ items: readonly T[] }>(path, signal);
      return answer.ok ? { ok: true, value: answer.value.items } : answer;
    },
    send: (method, path, body) =>
      json(
        ask(path, {
          method,
          headers: { ...page, ...(body === undefined ? {} : { "content-type": "application/json" }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    async changes(signal) {
      const answer = await ask("events", { signal });
      if (!answer.ok) return answer;
      const { body } = answer.value;
      return body === null
        ? { ok: false, kind: "away", message: "The hub sends no changes" }
        : { ok: true, value: body };
    },
  };
}

function kindOf(status: number): "loggedOut" | "away" | "refused" {
  if (status === 401) return "loggedOut";
  return status >= 500 ? "away" : "refused";
}
