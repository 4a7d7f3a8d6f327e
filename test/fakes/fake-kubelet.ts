import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../common/async/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { openAuthority } from "../../hub/identity/index.ts";

/** Writes a container's log as a kubelet does; `query` as the API server sends it on. */
export type ContainerLog = (
  response: ServerResponse,
  request: { readonly pod: string; readonly container: string; readonly query: URLSearchParams },
) => void;

/** As much of a kubelet as an API server needs to hand out logs of pods on its node. */
export interface FakeKubelet {
  /** Register it, and pods with `spec.nodeName` have their logs here. */
  readonly node: { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string } };
  log: ContainerLog;
  /** Requests for logs that are open. */
  open(): number;
  stop(): Promise<void>;
}

export async function startFakeKubelet(name: string): Promise<FakeKubelet> {
  const dir = await mkdtemp(join(tmpdir(), "drover-kubelet-"));
  // Any certificate: without a CA for kubelets the API server does not look at it.
  const authority = await openAuthority({ dir, clock: systemClock, log: silentLogger(), names: [] });
  const open = new Set<IncomingMessage>();
  const { key, cert } = authority.serverTls();
  const server = createServer({ key, cert }, (request, response) => {
    const url = new URL(request.url ?? "", "https://kubelet");
    const [, what, , pod = "", container = ""] = url.pathname.split("/");
    if (what !== "containerLogs") return void response.writeHead(404).end();
    open.add(request);
    response.once("close", () => open.delete(request));
    kubelet.log(response, { pod, container, query: url.searchParams });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const kubelet: FakeKubelet & { readonly node: object } = {
    node: {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name },
      status: {
        addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    } as FakeKubelet["node"],
    log: (response) => void response.writeHead(404).end("no such container"),
    open: () => open.size,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(dir, { recursive: true, force: true });
    },
  };
  return kubelet;
}
