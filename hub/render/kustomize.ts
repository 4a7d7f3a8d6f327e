import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isMap, parseDocument } from "yaml";
import type { Manifest, Problem } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import { joinPath } from "../../common/schema/index.ts";
import type { Cancellable, RenderedObject, TreeEntry } from "../ports.ts";
import { refusal } from "../resolve/index.ts";
import { isKustomization } from "./kustomization.ts";
import type { KustomizeProgram } from "./kustomize-program.ts";
import { parseManifests } from "./manifest-yaml.ts";
import { createPacer } from "./pacer.ts";

export interface KustomizeInput {
  /** Folder with the kustomization to build. */
  readonly folder: string;
  /** Everything that the build may read. */
  readonly files: readonly { readonly entry: TreeEntry; readonly content: Buffer }[];
}

const originAnnotation = "config.kubernetes.io/origin";

/** Builds in a private folder that is gone afterwards. */
export async function buildKustomization(
  program: KustomizeProgram,
  { folder, files }: KustomizeInput,
  { signal }: Cancellable,
): Promise<readonly RenderedObject[]> {
  const own = files.find(
    ({ entry }) => isKustomization(entry) && dirname(`./${entry.path}`) === dirname(`./${folder}/x`),
  );
  const kustomization = own?.entry.path ?? folder;
  const place = await mkdtemp(join(tmpdir(), "drover-kustomize-"));
  try {
    const home = join(place, "home");
    const repository = join(place, "repository");
    await mkdir(home);
    let traced = false;
    for (const { entry, content } of files) {
      const target = join(repository, entry.path);
      await mkdir(dirname(target), { recursive: true });
      const withOrigin = entry.path === kustomization ? askForOrigin(content.toString("utf8")) : undefined;
      traced ||= withOrigin !== undefined;
      await writeFile(target, withOrigin ?? content);
    }
    const { exitCode, stdout, stderr } = await program.build(join(repository, folder), home, signal);
    if (exitCode !== 0) throw failure(kustomization, files, stderr.replaceAll(`${repository}/`, ""));
    return await objectsOf(stdout, folder, kustomization, traced);
  } catch (thrown) {
    if (signal?.aborted === true || (thrown instanceof AppError && thrown.position !== undefined)) throw thrown;
    const { code, message } = toAppError(thrown);
    throw new AppError(code, `Cannot build the kustomization: kustomize ${message}`, {
      cause: thrown,
      position: { file: kustomization },
    });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The same kustomization, with the wish to note on each object where it came from. Undefined when it has it already. */
function askForOrigin(text: string): string | undefined {
  const document = parseDocument(text);
  if (!isMap(document.contents)) return undefined;
  const metadata: unknown = document.toJS()?.buildMetadata;
  if (Array.isArray(metadata) && metadata.includes("originAnnotations")) return undefined;
  document.setIn(["buildMetadata"], [...(Array.isArray(metadata) ? metadata : []), "originAnnotations"]);
  return document.toString({ lineWidth: 0 });
}

async function objectsOf(
  output: string,
  folder: string,
  kustomization: string,
  traced: boolean,
): Promise<readonly RenderedObject[]> {
  const objects: Manifest[] = [];
  const problems: string[] = [];
  const pause = createPacer();
  // One document at a time: the syntax tree of a large output as a whole would take many times its size.
  for (const document of output.split(/^---\n/m)) {
    await pause();
    const parsed = parseManifests(document);
    objects.push(...parsed.objects.map(({ manifest }) => manifest));
    problems.push(...parsed.problems.map(({ message }) => message));
  }
  const [first, ...more] = problems.map(
    (message): Problem => ({ severity: "error", message, position: { file: kustomization } }),
  );
  if (first !== undefined) throw refusal([first, ...more]);
  return objects.map((manifest) => {
    const origin = manifest.metadata.annotations?.[originAnnotation];
    const [, place] = /^(?:path|configuredIn): (.+)$/m.exec(origin ?? "") ?? [];
    const source = place === undefined ? "" : (joinPath(folder, place) ?? "");
    return { manifest: traced ? withoutOrigin(manifest) : manifest, source };
  });
}

function withoutOrigin(manifest: Manifest): Manifest {
  const { annotations, ...metadata } = manifest.metadata;
  if (annotations === undefined) return manifest;
  const { [originAnnotation]: _origin, ...kept } = annotations;
  if (Object.keys(kept).length === 0) return { ...manifest, metadata };
  return { ...manifest, metadata: { ...metadata, annotations: kept } };
}

/** A syntax error in one of the files says more, and where, than what kustomize makes of it. */
function failure(kustomization: string, files: KustomizeInput["files"], stderr: string): AppError {
  const [first, ...more] = files.flatMap(({ entry: { path: file }, content }) =>
    /\.ya?ml$/.test(file)
      ? parseManifests(content.toString("utf8")).problems.flatMap(({ message, line }): Problem[] =>
          message.startsWith("YAML syntax error") ? [{ severity: "error", message, position: { file, line } }] : [],
        )
      : [],
  );
  if (first !== undefined) return refusal([first, ...more]);
  const message = stderr
    .replace(/^Error: /, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  const mentioned = files.map(({ entry }) => entry.path).filter((path) => message.includes(path));
  const file = mentioned.sort((left, right) => right.length - left.length)[0] ?? kustomization;
  return new AppError("INVALID_ARGUMENT", `Cannot build the kustomization: ${message.slice(0, 2000)}`, {
    position: { file },
  });
}
