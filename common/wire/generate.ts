/**
 * Regenerates `gen/` from `proto/`: TypeScript types and the JSON descriptor that bundles carry instead of the .proto file.
 * `--check` changes nothing and fails when `gen/` is out of date.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const proto = "proto/drover/v1/agent.proto";
const gen = join(root, "common/wire/gen");

function generate(outDir: string): void {
  execFileSync(
    process.execPath,
    [
      join(root, "node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js"),
      "--longs=Number",
      "--enums=String",
      "--defaults",
      "--oneofs",
      "--grpcLib=@grpc/grpc-js",
      "--importFileExtension=.ts",
      `--outDir=${outDir}`,
      proto,
    ],
    { cwd: root },
  );
  const descriptor = protobuf.loadSync(join(root, proto)).toJSON();
  writeFileSync(join(outDir, "descriptor.json"), `${JSON.stringify(descriptor, null, 2)}\n`);
}

function contents(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => `${relative(dir, path)}\n${readFileSync(path, "utf8")}`)
    .join("\n");
}

if (process.argv.includes("--check")) {
  const fresh = mkdtempSync(join(tmpdir(), "drover-gen-"));
  try {
    generate(fresh);
    if (contents(fresh) !== contents(gen)) {
      console.error("common/wire/gen is out of date with proto/: run 'npm run generate'");
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
} else {
  rmSync(gen, { recursive: true, force: true });
  generate(gen);
}
