import type { Application } from "../../common/domain/index.ts";
import type { SourcePosition } from "../../common/errors.ts";
import type { DocumentPath } from "../../common/schema/index.ts";

export interface ResolvedApplication {
  readonly application: Application;
  /** Where a part of application.yaml is written: locate(["spec", "path"]). */
  readonly locate: (path: DocumentPath) => SourcePosition;
}
