import { request } from "undici";
import type { EnvironmentView } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";

/** What the demo asks of its hub. */
export interface HubApi {
  isReady(): Promise<boolean>;
  /**
   * A token for an agent's first start; undefined when the cluster has joined already. `replace` takes it in again.
   * @throws UNAVAILABLE with the hub's reason
   */
  join(name: string, options: { readonly environment: string; readonly replace: boolean }): Promise<string | undefined>;
  /** Names of environments with clusters that are not all synced and healthy. */
  unhealthy(): Promise<readonly string[]>;
}

export function createHubApi(url: string, token: () => string): HubApi {
  const headers = () => ({ authorization: `Bearer ${token()}`, "content-type": "application/json" });
  return {
    async isReady() {
      const { statusCode, body } = await request(`${url}/readyz`);
      await body.dump();
      return statusCode === 200;
    },
    async join(name, { environment, replace }) {
      const { body, statusCode } = await request(`${url}/api/v1/clusters`, {
        method: "POST",
        headers: headers(),
        body: JSON.stringify({ name, labels: { environment }, replace }),
      });
      const answer = (await body.json()) as { token?: string; error?: { message: string } };
      if (statusCode === 409) return undefined;
      if (answer.token !== undefined) return answer.token;
      throw new AppError("UNAVAILABLE", `Cannot join cluster "${name}": ${answer.error?.message ?? statusCode}`);
    },
    async unhealthy() {
      const { body } = await request(`${url}/api/v1/environments`, { headers: headers() });
      const { items } = (await body.json()) as { items: readonly EnvironmentView[] };
      return items
        .filter(({ clusters, sync }) => {
          const { total, synced, healthy, offline } = clusters;
          return total > 0 && (sync !== "Synced" || synced < total || healthy < total || offline > 0);
        })
        .map(({ name }) => name);
    },
  };
}
