import { AppError } from "../../common/errors.ts";
import type { NewFile, TreeEntry } from "../ports.ts";
import { encodeTree, type NewObject, newObject } from "./object.ts";

export interface NewTree {
  readonly oid: string;
  /** What it consists of, without what was given by its id; the last one is the tree itself. */
  readonly objects: readonly NewObject[];
}

/** The objects of a tree with these files. Throws INVALID_ARGUMENT for paths that git does not take, or that stand twice. */
export function newTree(files: readonly NewFile[]): NewTree {
  const objects = new Map<string, NewObject>();
  const add = (object: NewObject) => {
    objects.delete(object.oid);
    objects.set(object.oid, object);
    return object.oid;
  };

  /** `files`: those below `folder` ("" or ending with "/"). */
  function treeOf(folder: string, files: readonly NewFile[]): string {
    const entries = new Map<string, TreeEntry>();
    const folders = new Map<string, NewFile[]>();
    const refuse = (path: string) => {
      throw new AppError("INVALID_ARGUMENT", `Cannot make a tree with "${path}": not a path, or not the only one`);
    };
    for (const file of files) {
      const [name = "", ...rest] = file.path.slice(folder.length).split("/");
      if (name === "" || name === "." || name === ".." || name.toLowerCase() === ".git" || name.includes("\0")) {
        refuse(file.path);
      }
      if (rest.length > 0) {
        if (entries.has(name)) refuse(file.path);
        const inside = folders.get(name);
        if (inside === undefined) folders.set(name, [file]);
        else inside.push(file);
        continue;
      }
      if (entries.has(name) || folders.has(name)) refuse(file.path);
      const { oid, mode } =
        "content" in file ? { oid: add(newObject("blob", file.content)), mode: "file" as const } : file;
      entries.set(name, { path: name, oid, mode });
    }
    for (const [name, inside] of folders) {
      entries.set(name, { path: name, oid: treeOf(`${folder}${name}/`, inside), mode: "tree" });
    }
    return add(encodeTree([...entries.values()]));
  }

  const oid = treeOf("", files);
  return { oid, objects: [...objects.values()] };
}
