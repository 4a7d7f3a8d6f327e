import { AppError } from "../../common/errors.ts";
import type { Cancellable, KindInfo, LiveObject } from "../ports.ts";
import { asKind } from "./live-object.ts";
import { collectionPath, withQuery } from "./paths.ts";
import type { Transport } from "./transport.ts";

const pageSize = 500;
/** Pages of one list belong to one moment. Where etcd has forgotten it, the list starts again, so often. */
const maxRestarts = 3;

const metadataOnlyList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

export interface ListSelection extends Cancellable {
  /** "" or absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly: boolean;
  /** At most so many, from the front; at most one page. */
  readonly limit?: number;
}

export interface CompleteList {
  readonly objects: readonly LiveObject[];
  /** Of the moment that the list shows; a watch goes on from here. */
  readonly resourceVersion: string;
}

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly LiveObject[] | null;
}

/** All pages of a list, from one moment. */
export async function listAll(transport: Transport, kind: KindInfo, selection: ListSelection): Promise<CompleteList> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await listOnce(transport, kind, selection);
    } catch (thrown) {
      const isExpired = thrown instanceof AppError && thrown.details["expired"] === true;
      if (!isExpired || restarts === maxRestarts) throw thrown;
    }
  }
}

async function listOnce(transport: Transport, kind: KindInfo, selection: ListSelection): Promise<CompleteList> {
  const { namespace = "", labelSelector, fieldSelector, metadataOnly, limit, signal } = selection;
  const objects: LiveObject[] = [];
  let next: string | undefined;
  for (;;) {
    const path = withQuery(collectionPath(kind, namespace), {
      labelSelector,
      fieldSelector,
      limit: Math.min(limit ?? pageSize, pageSize),
      continue: next,
    });
    const accept = metadataOnly ? metadataOnlyList : "application/json";
    const answer = await transport.send({ verb: "list", path, accept, doing: `list ${kind.plural}`, signal });
    const { metadata, items } = answer.body as Page;
    for (const item of items ?? []) objects.push(asKind(kind, item));
    if (limit !== undefined || metadata.continue === undefined || metadata.continue === "") {
      return { objects, resourceVersion: metadata.resourceVersion };
    }
    next = metadata.continue;
  }
}
