import pc from "picocolors";
import type { DemoCluster } from "./demo-clusters.ts";

export interface BannerFacts {
  readonly http: string;
  /** The hub's admin token: of this demo only. */
  readonly token: string;
  readonly repository: string;
  readonly clusters: readonly DemoCluster[];
  readonly kind: string;
  /** Of this demo's state. */
  readonly home: string;
  readonly unhealthy: readonly string[];
  /** From the start to now. */
  readonly seconds: string;
  /** What is installed. A "nameless" git does not know whose commits it makes. */
  readonly tools: { readonly git: "none" | "nameless" | "ready"; readonly kubectl: boolean };
}

/** What `npm start` prints when all is up: where everything is, and three things to try, by copy and paste. */
export function banner(demo: BannerFacts): string {
  const clusters = demo.clusters.map(
    ({ name, environment, kubeconfig, context }) =>
      `    ${name.padEnd(10)} ${environment.padEnd(10)} ${kubeconfig}${context === undefined ? "" : ` (context ${context})`}`,
  );
  const needsGit = demo.tools.git === "none" ? pc.dim(" (needs git)") : "";
  const identity = demo.tools.git === "ready" ? "" : " -c user.name=Me -c user.email=me@example.com";
  const late = demo.unhealthy.map(
    (name) => `\n${pc.yellow(`Not healthy yet: ${name}`)}; 'npx drover get applications -e ${name}' tells why`,
  );
  return `
${pc.bold("Drover is running")}, with ${demo.kind} (${demo.seconds} s)
${late.join("")}
  Web UI       ${demo.http} (log in with the token ${demo.token})
  API          ${demo.http}/api/v1/openapi.json
  Repository   ${demo.repository}
  Clusters     (name, environment, kubeconfig)
${clusters.join("\n")}
  Logs         ${demo.home}/logs

${pc.bold("Look around")}, in this folder or below it
  npx drover get environments
  npx drover get applications

${pc.bold("Three things to try")}
  1. Push a change and watch it arrive in dev:${needsGit}
       git clone ${demo.repository} .drover/fleet && cd .drover/fleet
       sed -i.bak s/light/dark/ apps/shop/manifests/settings.yaml
       git${identity} commit -am "Go dark" && git push
       npx drover wait environment/dev --for healthy --revision $(git rev-parse HEAD)
       npx drover get environments
  2. Damage an object and see it come back:
       ${damage(demo)}
       npx drover get drift -o wide
  3. Promote what dev runs to staging:
       npx drover promote staging

Ctrl-C stops everything; the state stays in .drover/, 'rm -r .drover' begins anew.
`;
}

/** With kubectl where that is possible: simulated clusters also answer whoever has only Node.js. */
function damage({ clusters: [first], tools }: BannerFacts): string {
  if (first?.server !== undefined && !tools.kubectl) {
    return `node -e "fetch('${first.server}/api/v1/namespaces/shop/configmaps/shop-settings', { method: 'DELETE' })"`;
  }
  const where = first?.context === undefined ? `--kubeconfig ${first?.kubeconfig}` : `--context ${first.context}`;
  return `kubectl ${where} -n shop delete configmap shop-settings`;
}
