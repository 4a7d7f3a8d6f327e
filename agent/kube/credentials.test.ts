import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Clock } from "../../common/async/index.ts";
import { createCredentialsSource } from "./credentials.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "drover-credentials-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function writeKubeconfig(folder: string, user: unknown, cluster: Record<string, unknown> = {}): string {
  const path = join(folder, "kubeconfig");
  const config = {
    "current-context": "one",
    contexts: ["one", "two"].map((name) => ({ name, context: { cluster: name, user: "u" } })),
    clusters: ["one", "two"].map((name) => ({ name, cluster: { server: `https://${name}.example.com`, ...cluster } })),
    users: [{ name: "u", user }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function manualClock(): Clock & { advance: (ms: number) => void } {
  let time = 0;
  return { now: () => time, sleep: async () => {}, advance: (ms) => void (time += ms) };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

test("a client certificate and the cluster's CA become TLS settings", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "client.crt"), "certificate");
  const user = { "client-certificate": "client.crt", "client-key-data": base64("key") };
  const cluster = { "certificate-authority-data": base64("ca"), "tls-server-name": "kubernetes" };
  const kubeconfig = writeKubeconfig(folder, user, cluster);
  const { server, headers, route } = await createCredentialsSource({ kubeconfig }, manualClock()).current();
  expect({ server: server.href, headers, route }).toMatchObject({
    server: "https://one.example.com/",
    headers: {},
    route: {
      type: "agent",
      connect: {
        ca: Buffer.from("ca"),
        cert: Buffer.from("certificate"),
        key: Buffer.from("key"),
        servername: "kubernetes",
      },
    },
  });
});

test("context chooses another cluster than the current one, and must exist", async () => {
  const kubeconfig = writeKubeconfig(temporaryFolder(), { token: "t" });
  const source = createCredentialsSource({ kubeconfig, context: "two" }, manualClock());
  expect((await source.current()).server.host).toBe("two.example.com");
  expect(() => createCredentialsSource({ kubeconfig, context: "three" }, manualClock())).toThrow(
    `Cannot use the kubeconfig of ${kubeconfig}: context "three" names no cluster`,
  );
});

test("a proxy and impersonation are kept", async () => {
  const kubeconfig = writeKubeconfig(
    temporaryFolder(),
    { token: "t", as: "deployer" },
    { "proxy-url": "http://proxy.example.com:3128" },
  );
  const { headers, route } = await createCredentialsSource({ kubeconfig }, manualClock()).current();
  expect(headers).toEqual({ authorization: "Bearer t", "impersonate-user": "deployer" });
  expect(route).toMatchObject({ type: "proxy", uri: "http://proxy.example.com:3128" });
});

test("an exec plugin gives a token, runs once, and again when the server refuses it", async () => {
  const folder = temporaryFolder();
  const plugin = join(folder, "plugin.sh");
  const runs = join(folder, "runs");
  writeFileSync(
    plugin,
    `#!/bin/sh
echo run >> ${runs}
token=token-$(wc -l < ${runs} | tr -d ' ')
echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$token\\"}}"
`,
  );
  chmodSync(plugin, 0o755);
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin };
  const source = createCredentialsSource({ kubeconfig: writeKubeconfig(folder, { exec }) }, manualClock());
  const [first, same] = await Promise.all([source.current(), source.current()]);
  expect([first.headers, same.headers]).toEqual([
    { authorization: "Bearer token-1" },
    { authorization: "Bearer token-1" },
  ]);
  await Promise.all([source.renew(first), source.renew(same)]);
  const second = await source.current();
  expect(second.headers).toEqual({ authorization: "Bearer token-2" });
  await source.renew(first);
  expect(await source.current()).toBe(second);
});

test("a certificate that rotates on disk is found within half a minute", async () => {
  const folder = temporaryFolder();
  const certificate = join(folder, "client.crt");
  writeFileSync(certificate, "old");
  const kubeconfig = writeKubeconfig(folder, { "client-certificate": certificate, "client-key-data": base64("key") });
  const clock = manualClock();
  const source = createCredentialsSource({ kubeconfig }, clock);
  const certificateNow = async () => {
    const { route } = await source.current();
    return route.type === "agent" ? String(route.connect.cert) : route.type;
  };
  expect(await certificateNow()).toBe("old");
  writeFileSync(certificate, "new");
  clock.advance(29_000);
  expect(await certificateNow()).toBe("old");
  clock.advance(2_000);
  expect(await certificateNow()).toBe("new");
  rmSync(certificate);
  clock.advance(31_000);
  expect(await certificateNow()).toBe("new");
});

test("a kubeconfig that is not there is NOT_FOUND, and no pod is FAILED_PRECONDITION", () => {
  expect(() => createCredentialsSource({ kubeconfig: "/nowhere/kubeconfig" }, manualClock())).toThrow(
    expect.objectContaining({ code: "NOT_FOUND" }),
  );
  expect(() => createCredentialsSource({ inCluster: true }, manualClock())).toThrow(
    expect.objectContaining({ code: "FAILED_PRECONDITION" }),
  );
});
