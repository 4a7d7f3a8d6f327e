import {
  type ApplicationBody,
  type AssignedObject,
  type HookPhase,
  type ObjectRef,
  refKey,
} from "../../common/domain/index.ts";

export interface HookTask {
  /** One per moment and object: "PreSync batch/Job/shop/migrate". */
  readonly id: string;
  readonly phase: HookPhase;
  readonly wave: number;
  readonly object: AssignedObject;
}

export type HookState = "starting" | "running" | "succeeded" | "failed";

/** How far the newest content of an application came. */
export interface Progress {
  /** It was synced before this content came. */
  readonly isInstalled: boolean;
  /** Something else than a hook failed for good, as far as one can tell now. */
  readonly hasFailed: boolean;
  /** Written as it is wanted, and well. */
  isDone(key: string): boolean;
  /** Undefined: not begun. */
  hook(id: string): HookState | undefined;
}

/** Where the way of an application's content into the cluster is: what may be done now, and what the rest waits for. */
export interface Front {
  /** Earliest wave that is not complete; undefined when all are. */
  readonly wave: number | undefined;
  /** The same with its phase, to be compared; empty when all are complete. */
  readonly at: string;
  /** Hooks that are to be run now. */
  readonly hooks: readonly HookTask[];
  /** Objects that have to be written and well before anything later begins. */
  readonly blockers: readonly ObjectRef[];
  /** Something waits for them. */
  readonly isBlocking: boolean;
  /** A hook failed: nothing later runs. */
  readonly hasFailed: boolean;
  mayWrite(object: AssignedObject): boolean;
}

/** Whether an application goes into the cluster step by step; otherwise all its objects are written at once. */
export function isStaged({ objects }: Pick<ApplicationBody, "objects">): boolean {
  return objects.some(({ wave, hook }) => (wave ?? 0) !== 0 || hook !== undefined);
}

/**
 * Position on the way, earlier ones first:
 * 1. what everything else lives in or is made of: namespaces and definitions without a wave of their own
 * 2. phase: PreSync, Sync (hooks and objects), PostSync
 * 3. wave
 */
type Position = readonly [phase: number, wave: number];

const ranks: Readonly<Partial<Record<HookPhase, number>>> = { PreSync: 1, Sync: 2, PostSync: 3 };

function positionOf({ ref, wave = 0 }: AssignedObject): Position {
  const isGround =
    (ref.group === "" && ref.kind === "Namespace") ||
    (ref.group === "apiextensions.k8s.io" && ref.kind === "CustomResourceDefinition");
  return isGround && wave === 0 ? [0, 0] : [2, wave];
}

function compare(a: Position, b: Position): number {
  return a[0] - b[0] || a[1] - b[1];
}

function earliest(positions: readonly Position[]): Position | undefined {
  let first: Position | undefined;
  for (const position of positions) if (first === undefined || compare(position, first) < 0) first = position;
  return first;
}

/** The hooks of some phases that count, in the order of their waves. */
export function hookTasks(
  objects: readonly AssignedObject[],
  phases: readonly HookPhase[],
  isInstalled: boolean,
): readonly HookTask[] {
  const tasks: HookTask[] = [];
  for (const object of objects) {
    for (const { phase, only } of object.hook?.moments ?? []) {
      if (!phases.includes(phase) || (only !== "" && (only === "upgrade") !== isInstalled)) continue;
      tasks.push({ id: `${phase} ${refKey(object.ref)}`, phase, wave: object.wave ?? 0, object });
    }
  }
  return tasks.sort((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase) || a.wave - b.wave);
}

/** How far an application is with its content. */
export function frontOf({ objects }: Pick<ApplicationBody, "objects">, progress: Progress): Front {
  const tasks = hookTasks(objects, ["PreSync", "Sync", "PostSync"], progress.isInstalled);
  const places = tasks.map((task) => ({ task, position: [ranks[task.phase] ?? 0, task.wave] as const }));
  const kept = objects.filter(({ hook }) => hook === undefined);
  const undone = kept.filter(({ ref }) => !progress.isDone(refKey(ref)));
  const unrun = places.filter(({ task }) => progress.hook(task.id) !== "succeeded");
  const open = earliest([...undone.map(positionOf), ...unrun.map(({ position }) => position)]);

  const isOpen = (position: Position) => open !== undefined && compare(position, open) === 0;
  const isLater = (position: Position) => open !== undefined && compare(position, open) > 0;
  const inOpen = places.filter(({ position }) => isOpen(position)).map(({ task }) => task);
  const hasFailed = tasks.some(({ id }) => progress.hook(id) === "failed");
  const going = inOpen.filter(({ id }) => isGoing(progress.hook(id)));
  const blockers = undone.filter((object) => isOpen(positionOf(object))).map(({ ref }) => ref);
  const isBlocking =
    blockers.length > 0 &&
    (undone.some((object) => isLater(positionOf(object))) || places.some(({ position }) => isLater(position)));
  const onFailure = hookTasks(objects, ["SyncFail"], true);
  // What was begun is finished, whatever became of its cause.
  const failing = hasFailed || progress.hasFailed || onFailure.some(({ id }) => isGoing(progress.hook(id)));
  const begun = hasFailed ? going : inOpen.filter(({ id }) => !isEnded(progress.hook(id)));
  const clean = failing && going.length === 0 ? nextOf(onFailure, progress) : [];
  return {
    wave: open?.[1],
    at: (open ?? []).join("/"),
    hooks: [...begun, ...clean],
    blockers,
    isBlocking,
    hasFailed,
    mayWrite: (object) => !isLater(positionOf(object)),
  };
}

/** How far the deletion of an application is, with the hooks that it left. */
export interface DeletionFront {
  readonly hooks: readonly HookTask[];
  /** Its objects may go. */
  readonly mayPrune: boolean;
  /** Nothing is left to run. */
  readonly isOver: boolean;
  readonly hasFailed: boolean;
}

export function deletionFrontOf(
  objects: readonly AssignedObject[],
  hook: Progress["hook"],
  hasObjects: boolean,
): DeletionFront {
  const before = hookTasks(objects, ["PreDelete"], true);
  const after = hookTasks(objects, ["PostDelete"], true);
  const isAllowed = before.every(({ id }) => hook(id) === "succeeded");
  const begun = !isAllowed ? before : hasObjects ? [] : after;
  return {
    hooks: nextOf(begun, { hook }),
    mayPrune: isAllowed,
    isOver: isAllowed && !hasObjects && after.every(({ id }) => hook(id) === "succeeded"),
    hasFailed: begun.some(({ id }) => hook(id) === "failed"),
  };
}

/** Of tasks in order, those of the first wave that is not complete; once one failed, only those that are under way. */
function nextOf(tasks: readonly HookTask[], progress: Pick<Progress, "hook">): readonly HookTask[] {
  const wave = tasks.find(({ id }) => progress.hook(id) !== "succeeded")?.wave;
  const hasFailed = tasks.some(({ id }) => progress.hook(id) === "failed");
  return tasks.filter(
    ({ id, wave: its }) => its === wave && (hasFailed ? isGoing(progress.hook(id)) : !isEnded(progress.hook(id))),
  );
}

function isGoing(state: HookState | undefined): boolean {
  return state === "starting" || state === "running";
}

function isEnded(state: HookState | undefined): boolean {
  return state === "succeeded" || state === "failed";
}
