import { parseDuration } from "./duration.ts";
import {
  type Hook,
  type HookDeletePolicy,
  type HookMoment,
  type HookPhase,
  hookDeletePolicies,
  hookPhases,
} from "./hook.ts";

/** Annotations that say when an object is written. Argo CD's and Helm's own are understood too; ours win. */
const syncAnnotations = {
  wave: "drover.dev/wave",
  hook: "drover.dev/hook",
  hookDeletePolicy: "drover.dev/hook-delete-policy",
  hookTimeout: "drover.dev/hook-timeout",
} as const;

const argo = {
  wave: "argocd.argoproj.io/sync-wave",
  hook: "argocd.argoproj.io/hook",
  hookDeletePolicy: "argocd.argoproj.io/hook-delete-policy",
} as const;

const helm = {
  wave: "helm.sh/hook-weight",
  hook: "helm.sh/hook",
  hookDeletePolicy: "helm.sh/hook-delete-policy",
} as const;

/** What the annotations of an object say about when it is written. */
interface SyncOrder {
  readonly wave: number;
  /** Undefined: an object to keep. */
  readonly hook: Hook | undefined;
}

type Annotations = Readonly<Record<string, unknown>>;
type Mistake = (annotation: string, expected: string) => void;

/** Helm's events; those without a moment of ours are known and never run. */
const helmMoments: ReadonlyMap<string, HookMoment | undefined> = new Map([
  ["pre-install", { phase: "PreSync", only: "install" }],
  ["pre-upgrade", { phase: "PreSync", only: "upgrade" }],
  ["post-install", { phase: "PostSync", only: "install" }],
  ["post-upgrade", { phase: "PostSync", only: "upgrade" }],
  ["pre-delete", { phase: "PreDelete", only: "" }],
  ["post-delete", { phase: "PostDelete", only: "" }],
  ["pre-rollback", undefined],
  ["post-rollback", undefined],
  ["test", undefined],
  ["test-success", undefined],
  ["test-failure", undefined],
]);

const helmDeletePolicies: ReadonlyMap<string, HookDeletePolicy> = new Map([
  ["before-hook-creation", "BeforeHookCreation"],
  ["hook-succeeded", "HookSucceeded"],
  ["hook-failed", "HookFailed"],
]);

/** The annotation that makes an object a hook, and by whose rules; undefined for what is to be kept. */
function hookAnnotation(annotations: Annotations): typeof argo | typeof helm | typeof syncAnnotations | undefined {
  const said = [syncAnnotations, argo, helm].find(({ hook }) => textOf(annotations[hook]) !== undefined);
  // A definition is kept, whatever old charts call it.
  return said === helm && wordsOf(annotations[helm.hook]).includes("crd-install") ? undefined : said;
}

/** Whether an object is a hook by anybody's rules. */
export function isHookByAnnotations(annotations: Annotations): boolean {
  return hookAnnotation(annotations) !== undefined;
}

/** The wave that annotations say; 0 where they say nothing, or no whole number. */
export function waveOf(annotations: Annotations): number {
  return parseSyncOrder(annotations).order.wave;
}

/** `mistakes`: "drover.dev/wave", what was expected instead and what it was. */
export function parseSyncOrder(annotations: Annotations): {
  readonly order: SyncOrder;
  readonly mistakes: readonly { readonly annotation: string; readonly message: string }[];
} {
  const mistakes: { annotation: string; message: string }[] = [];
  const mistake: Mistake = (annotation, expected) => {
    mistakes.push({ annotation, message: `expected ${expected}, got ${JSON.stringify(annotations[annotation])}` });
  };
  const rules = hookAnnotation(annotations);
  const weight = rules === helm ? [helm.wave] : [];
  const wave = parseWave(annotations, [syncAnnotations.wave, argo.wave, ...weight], mistake);
  const hook = rules === undefined ? undefined : parseHook(annotations, rules, mistake);
  return { order: { wave, hook }, mistakes };
}

function parseWave(annotations: Annotations, names: readonly string[], mistake: Mistake): number {
  const name = names.find((each) => textOf(annotations[each]) !== undefined);
  if (name === undefined) return 0;
  const text = textOf(annotations[name]) ?? "";
  const wave = Number(text);
  if (/^[+-]?\d+$/.test(text) && Math.abs(wave) < 2 ** 31) return wave + 0;
  mistake(name, "a whole number");
  return 0;
}

function parseHook(annotations: Annotations, rules: NonNullable<ReturnType<typeof hookAnnotation>>, mistake: Mistake) {
  const moments = rules === helm ? parseHelm(annotations, mistake) : parsePhases(annotations, rules.hook, mistake);
  const timeout = textOf(annotations[syncAnnotations.hookTimeout]);
  const timeoutMs = timeout === undefined ? 0 : parseDuration(timeout);
  if (timeoutMs === undefined) mistake(syncAnnotations.hookTimeout, 'a duration such as "90s" or "10m"');
  return {
    moments,
    deletePolicies: parseDeletePolicies(annotations, mistake),
    timeoutSeconds: Math.ceil((timeoutMs ?? 0) / 1000),
  };
}

function parsePhases(annotations: Annotations, name: string, mistake: Mistake): readonly HookMoment[] {
  const phases = new Set<HookPhase>();
  const words = wordsOf(annotations[name]);
  for (const word of words) {
    const phase = hookPhases.find((known) => known === word);
    if (phase !== undefined) phases.add(phase);
    else if (word !== "Skip") mistake(name, `some of ${hookPhases.join(", ")}, or Skip`);
  }
  if (words.includes("Skip")) return [];
  return [...phases].map((phase) => ({ phase, only: "" }));
}

function parseHelm(annotations: Annotations, mistake: Mistake): readonly HookMoment[] {
  const moments: HookMoment[] = [];
  for (const word of wordsOf(annotations[helm.hook])) {
    const moment = helmMoments.get(word);
    if (!helmMoments.has(word)) mistake(helm.hook, `some of ${[...helmMoments.keys()].join(", ")}`);
    if (moment !== undefined) moments.push(moment);
  }
  return merged(moments);
}

/** What is for installs and for upgrades alike is for every sync. */
function merged(moments: readonly HookMoment[]): readonly HookMoment[] {
  const phases = [...new Set(moments.map(({ phase }) => phase))];
  return phases.map((phase) => {
    const only = [...new Set(moments.filter((moment) => moment.phase === phase).map((moment) => moment.only))];
    return { phase, only: only.length === 1 ? (only[0] ?? "") : "" };
  });
}

function parseDeletePolicies(annotations: Annotations, mistake: Mistake): readonly HookDeletePolicy[] {
  const names = [syncAnnotations.hookDeletePolicy, argo.hookDeletePolicy, helm.hookDeletePolicy];
  const name = names.find((each) => textOf(annotations[each]) !== undefined);
  if (name === undefined) return ["BeforeHookCreation"];
  const policies = new Set<HookDeletePolicy>();
  for (const word of wordsOf(annotations[name])) {
    const policy = hookDeletePolicies.find((known) => known === word) ?? helmDeletePolicies.get(word);
    if (policy !== undefined) policies.add(policy);
    else mistake(name, `some of ${hookDeletePolicies.join(", ")}`);
  }
  return [...policies];
}

function wordsOf(value: unknown): readonly string[] {
  return (textOf(value) ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? undefined : text;
}
