import pc from "picocolors";
import type { DemoCluster } from "./demo-clusters.ts";

/** What `npm start` prints when all is up: where everything is, and three things to try. */
export function banner(demo: {
  readonly http: string;
  readonly repository: string;
  readonly clusters: readonly DemoCluster[];
  readonly kind: string;
  readonly home: string;
  readonly hub: string;
}): string {
  const [first] = demo.clusters;
  const kubectl =
    first?.kubeconfig === undefined
      ? `kubectl --context ${first?.context}`
      : `kubectl --kubeconfig ${first.kubeconfig}`;
  const clusters = demo.clusters.map(
    ({ name, environment, kubeconfig, context }) =>
      `    ${name.padEnd(10)} ${environment.padEnd(10)} ${kubeconfig ?? `context ${context}`}`,
  );
  return `
${pc.bold("Drover is running")}, with ${demo.kind}

  API          ${demo.http}/api/v1/openapi.json
  Repository   ${demo.repository}
  Clusters     (name, environment, kubeconfig)
${clusters.join("\n")}
  Logs         ${demo.home}/logs

${pc.bold("Look around")}
  npx drover get environments
  npx drover get applications

${pc.bold("Three things to try")}
  1. Push a change and watch it arrive in dev:
       git clone ${demo.repository} fleet && cd fleet
       sed -i 's/light/dark/' apps/shop/manifests/settings.yaml
       git commit -am "Go dark" && git push
       npx drover wait environment/dev --for healthy && npx drover get environments     # in this folder
  2. Damage an object and see it come back, with the culprit named:
       ${kubectl} -n shop delete configmap shop-settings
       npx drover get drift -o wide
  3. Promote what dev runs to staging:
       npx drover promote staging

Ctrl-C stops everything; the state stays in .drover/, 'rm -r .drover' begins anew.
`;
}
