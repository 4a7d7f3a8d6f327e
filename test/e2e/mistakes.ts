/** What people get wrong, in Git: the files, and where and how Drover must say so. */

export interface Mistake {
  readonly title: string;
  readonly files: Readonly<Record<string, string | null>>;
  readonly position: { readonly file: string; readonly line?: number; readonly path?: string };
  /** Part of the message. */
  readonly says: string;
  /** Environment that `drover wait` is asked for. */
  readonly environment: string;
  /** Application whose listing shows it; undefined for mistakes in fleet.yaml. */
  readonly application?: string;
  /** Clusters that go on with the newer commit for everything else. */
  readonly goOn: readonly ("east" | "west")[];
}

const fleetFile = `apiVersion: drover.dev/v1alpha1
kind: Fleet
environments:
  - name: dev
    branch: main
    clusters: { matchLabels: { environment: dev } }
  - name: staging
    from: dev
    clusters: { matchLabels: { environment: staging } }
`;

const tenantLines = "tenants: [{ name: shops, applications: [apps/shop], namespaces: [default] }]\n";

const shopFile = `apiVersion: drover.dev/v1alpha1
kind: Application
metadata:
  name: shop
spec:
  path: manifests
  substitute: {}
`;

const settingsFile = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: default
data:
  theme: light
`;

const kustomizationFile = `resources:
  - page.yaml
namePrefix: site-
`;

/** Objects to delete, a different one each time: the agent takes the same one again and again for a contest, and waits. */
export const spares = ["spare-1", "spare-2", "spare-3", "spare-4", "spare-5", "spare-6"] as const;

/** The repository without mistakes: two applications that people break, and one that shows that the rest goes on. */
export const goodFiles: Readonly<Record<string, string>> = {
  "fleet.yaml": fleetFile,
  "apps/shop/application.yaml": shopFile,
  "apps/shop/manifests/settings.yaml": settingsFile,
  "apps/shop/manifests/limits.yaml": settingsFile.replace("settings", "limits").replace("theme: light", 'max: "10"'),
  "apps/shop/manifests/spares.yaml": spares.map((name) => settingsFile.replace("settings", name)).join("---\n"),
  "apps/site/application.yaml": shopFile.replace("shop", "site").replace("manifests", "."),
  "apps/site/kustomization.yaml": kustomizationFile,
  "apps/site/page.yaml": settingsFile.replace("settings", "page"),
  "apps/marker/application.yaml": shopFile.replace("shop", "marker"),
  "apps/marker/manifests/marker.yaml": markerFile("start"),
};

export function markerFile(value: string): string {
  return settingsFile.replace("settings", "marker").replace("theme: light", `at: "${value}"`);
}

const inFleet = { environment: "dev", goOn: ["east", "west"] } as const;
const inShop = { environment: "dev", application: "shop", goOn: ["east"] } as const;
const inSite = { environment: "dev", application: "site", goOn: ["east"] } as const;

export const mistakes: readonly Mistake[] = [
  {
    title: "an unknown field in fleet.yaml",
    files: { "fleet.yaml": fleetFile.replace("branch: main", "brunch: main") },
    position: { file: "fleet.yaml", line: 5, path: "environments[0].brunch" },
    says: 'Unknown field "brunch": did you mean "branch"?',
    ...inFleet,
  },
  {
    title: "no fleet.yaml",
    files: { "fleet.yaml": null },
    position: { file: "fleet.yaml" },
    says: 'Missing file "fleet.yaml": expected it at the root of branch "main"',
    ...inFleet,
  },
  {
    title: "a syntax error in fleet.yaml",
    files: { "fleet.yaml": fleetFile.replace("{ environment: dev } }", "{ environment: dev }") },
    position: { file: "fleet.yaml", line: 7 },
    says: "YAML syntax error",
    ...inFleet,
  },
  {
    title: "a selector that matches nothing",
    files: {
      "fleet.yaml": `${fleetFile}  - name: qa\n    branch: main\n    clusters: { matchLabels: { environment: qa } }\n`,
    },
    position: { file: "fleet.yaml", line: 12, path: "environments[2].clusters" },
    says: 'No cluster matches "environment=qa": expected at least one of 2',
    environment: "qa",
    goOn: ["east", "west"],
  },
  {
    title: "a branch that does not exist",
    files: { "fleet.yaml": fleetFile.replace("branch: main", "branch: trunk") },
    position: { file: "fleet.yaml", line: 5, path: "environments[0].branch" },
    says: 'Branch "trunk" does not exist',
    environment: "dev",
    goOn: ["west"],
  },
  {
    title: "an unknown field in application.yaml",
    files: { "apps/shop/application.yaml": `${shopFile}  pruen: true\n` },
    position: { file: "apps/shop/application.yaml", line: 8, path: "spec.pruen" },
    says: 'Unknown field "pruen": did you mean "prune"?',
    ...inShop,
  },
  {
    title: "a syntax error in application.yaml",
    files: { "apps/shop/application.yaml": shopFile.replace("path: manifests", "path: [manifests") },
    position: { file: "apps/shop/application.yaml", line: 7 },
    says: "YAML syntax error",
    ...inShop,
  },
  {
    title: "a folder that does not exist",
    files: { "apps/shop/application.yaml": shopFile.replace("manifests", "manifest") },
    position: { file: "apps/shop/application.yaml", line: 6, path: "spec.path" },
    says: 'Missing folder "apps/shop/manifest"',
    ...inShop,
  },
  {
    title: "two applications with one name",
    files: { "apps/copy/application.yaml": shopFile },
    position: { file: "apps/shop/application.yaml", line: 4, path: "metadata.name" },
    says: 'Two applications named "shop": expected unique names, the other one is in "apps/copy/application.yaml"',
    ...inShop,
  },
  {
    title: "applications that wait for each other",
    files: {
      "apps/shop/application.yaml": `${shopFile}  dependsOn: [site]\n`,
      "apps/site/application.yaml": goodFiles["apps/site/application.yaml"] + "  dependsOn: [shop]\n",
    },
    position: { file: "apps/shop/application.yaml", line: 8, path: "spec.dependsOn[0]" },
    says: "Applications wait for each other: shop → site → shop",
    ...inShop,
  },
  {
    title: "a name that no cluster takes",
    files: { "apps/shop/manifests/settings.yaml": settingsFile.replace("settings", "Settings_1") },
    position: { file: "apps/shop/manifests/settings.yaml", line: 1, path: "metadata.name" },
    says: "Invalid name of ConfigMap default/Settings_1: expected lower-case letters, digits, dashes and dots",
    ...inShop,
  },
  {
    title: "an object that is there twice",
    files: { "apps/shop/manifests/twice.yaml": settingsFile },
    position: { file: "apps/shop/manifests/twice.yaml", line: 1, path: "metadata.name" },
    says: "Two objects ConfigMap default/settings: expected it once, the other one is in apps/shop/manifests/settings.yaml:1",
    ...inShop,
  },
  {
    title: "a tenant's object outside of all namespaces",
    files: {
      "fleet.yaml": fleetFile + tenantLines,
      "apps/shop/manifests/space.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: { name: space }\n",
    },
    position: { file: "apps/shop/manifests/space.yaml", line: 1, path: "kind" },
    says: 'Tenant "shops" may not have Namespace space: Namespace lives outside of namespaces',
    ...inShop,
  },
  {
    title: "a syntax error in a manifest",
    files: { "apps/shop/manifests/settings.yaml": settingsFile.replace("theme: light", 'theme: "light') },
    position: { file: "apps/shop/manifests/settings.yaml", line: 8 },
    says: "YAML syntax error",
    ...inShop,
  },
  {
    title: "a variable without value",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the manifest
    files: { "apps/shop/manifests/settings.yaml": settingsFile.replace("light", "${colour}") },
    position: { file: "apps/shop/manifests/settings.yaml", line: 1, path: "data.theme" },
    says: 'variable "colour" has no value and no default',
    ...inShop,
  },
  {
    title: "a kustomization that names a file that does not exist",
    files: { "apps/site/kustomization.yaml": kustomizationFile.replace("page.yaml", "gone.yaml") },
    position: { file: "apps/site/kustomization.yaml", line: 2, path: "resources[0]" },
    says: 'Missing file or folder "apps/site/gone.yaml"',
    ...inSite,
  },
  {
    title: "a kustomization with an unknown field",
    files: { "apps/site/kustomization.yaml": kustomizationFile.replace("namePrefix", "namePrefixx") },
    position: { file: "apps/site/kustomization.yaml" },
    says: "namePrefixx",
    ...inSite,
  },
];

/** Manifests that only the API server can judge. */
export const rejections: readonly {
  readonly title: string;
  readonly file: string;
  readonly text: string;
  readonly object: string;
  readonly line: number;
  readonly says: string;
}[] = [
  {
    title: "an object of an unknown kind",
    file: "apps/shop/manifests/widget.yaml",
    text: "# Not installed\napiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: gear\n  namespace: default\n",
    object: "gear",
    line: 2,
    says: "example.com/v1",
  },
  {
    title: "an object that is against the schema",
    file: "apps/shop/manifests/settings.yaml",
    text: settingsFile.replace("theme: light", "theme: { dark: true }"),
    object: "settings",
    line: 1,
    says: ".data.theme: expected string",
  },
  {
    title: "an object that admission denies",
    file: "apps/shop/manifests/settings.yaml",
    text: settingsFile.replace("light", "forbidden"),
    object: "settings",
    line: 1,
    says: "no forbidden themes here",
  },
];

/** For the API server: refuses ConfigMaps with the theme "forbidden". */
export const admissionPolicy = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "themes" },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] },
          ],
        },
        validations: [
          {
            expression: "!has(object.data) || !('theme' in object.data) || object.data.theme != 'forbidden'",
            message: "no forbidden themes here",
          },
        ],
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "themes" },
      spec: { policyName: "themes", validationActions: ["Deny"] },
    },
  ],
});
