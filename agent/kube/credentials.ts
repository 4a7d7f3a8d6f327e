import { type DispatcherOptions, KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { Clock } from "../../common/async/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";

/** Where the API server is and how to show it who we are. */
export interface Credentials {
  /** May have a path, as behind a proxy: "https://rancher.example.com/k8s/clusters/c-1". */
  readonly server: URL;
  /** Authorization, impersonation. */
  readonly headers: Readonly<Record<string, string>>;
  /** TLS and proxy settings. */
  readonly route: DispatcherOptions;
}

export interface CredentialsSource {
  /** Reads again at most twice a minute: tokens and client certificates rotate on disk. */
  current(): Promise<Credentials>;
  /** The server did not accept `refused`: reads everything again, unless that has happened since. */
  renew(refused: Credentials): Promise<void>;
}

export interface CredentialsOptions {
  /** Path; without it KUBECONFIG, ~/.kube/config and the service account are tried in this order. */
  readonly kubeconfig?: string | undefined;
  /** Name of a context in the kubeconfig; without it its current one. */
  readonly context?: string | undefined;
  /** The service account of the pod we run in, and nothing else. */
  readonly inCluster?: boolean | undefined;
}

const freshForMs = 30_000;

export function createCredentialsSource(options: CredentialsOptions, clock: Clock): CredentialsSource {
  let config = loadConfig(options);
  let known: { readonly credentials: Credentials; readonly readAt: number } | undefined;
  let reading: Promise<Credentials> | undefined;

  /** Callers at the same time share one reading: an exec plugin may take seconds and open a browser. */
  function read(): Promise<Credentials> {
    reading ??= credentialsOf(config)
      .then((credentials) => {
        known = { credentials, readAt: clock.now() };
        return credentials;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  return {
    async current() {
      if (known === undefined) return read();
      const { credentials, readAt } = known;
      if (clock.now() - readAt < freshForMs) return credentials;
      return read().catch(() => {
        // The old ones may do for a while; if not, the server says so and `renew` reports why.
        known = { credentials, readAt: clock.now() };
        return credentials;
      });
    },
    async renew(refused) {
      await reading?.catch(() => {});
      // By value: a reading in between may have given what a plugin had kept, in a new object.
      if (JSON.stringify(known?.credentials) === JSON.stringify(refused)) {
        config = loadConfig(options);
        known = undefined;
      }
    },
  };
}

function loadConfig(options: CredentialsOptions): RoutedKubeConfig {
  const config = new RoutedKubeConfig();
  if (options.inCluster === true && process.env["KUBERNETES_SERVICE_HOST"] === undefined) {
    throw new AppError("FAILED_PRECONDITION", "Cannot use the pod's service account: this process runs in no pod");
  }
  try {
    if (options.inCluster === true) config.loadFromCluster();
    else if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
  } catch (thrown) {
    throw toAppError(thrown, "Cannot load the kubeconfig");
  }
  if (options.context !== undefined) config.setCurrentContext(options.context);
  if (config.getCurrentCluster() === null) {
    const source = options.kubeconfig === undefined ? "" : ` of ${options.kubeconfig}`;
    throw new AppError(
      "INVALID_ARGUMENT",
      `Cannot use the kubeconfig${source}: context "${config.getCurrentContext()}" names no cluster`,
    );
  }
  return config;
}

async function credentialsOf(config: RoutedKubeConfig): Promise<Credentials> {
  const headers: Record<string, string> = {};
  const context = {
    // A token file ends with a newline, which no header may have.
    setHeaderParam: (key: string, value: string) => {
      headers[key.toLowerCase()] = value.trim();
    },
    setDispatcher: () => {},
  };
  try {
    await config.applySecurityAuthentication(
      context as unknown as Parameters<KubeConfig["applySecurityAuthentication"]>[0],
    );
  } catch (thrown) {
    const { message } = toAppError(thrown);
    throw new AppError("UNAUTHENTICATED", `Cannot get credentials for the API server: ${message}`, { cause: thrown });
  }
  const server = config.getCurrentCluster()?.server ?? "";
  return { server: new URL(server), headers, route: config.route };
}

/**
 * The library makes a new dispatcher, so a new TLS connection, for each request. This takes the settings and makes none:
 * we keep our own connections.
 */
class RoutedKubeConfig extends KubeConfig {
  route: DispatcherOptions = { type: "none" };

  override createDispatcherOptions(...args: Parameters<KubeConfig["createDispatcherOptions"]>): DispatcherOptions {
    const [cluster] = args;
    const isPlain = cluster?.server.startsWith("http:") === true && !cluster.proxyUrl;
    this.route = isPlain ? { type: "none" } : super.createDispatcherOptions(...args);
    return { type: "none" };
  }
}
