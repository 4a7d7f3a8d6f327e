/**
 * Writes gen/wire-numbers.json: the field numbers of the built-in types in Kubernetes' protobuf encoding, which some kubectl
 * commands send. Usage: tsx test/simulated-cluster/schema/generate-wire-numbers.ts API_MODULE_DIR APIMACHINERY_MODULE_DIR
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import data from "./gen/kubernetes.json" with { type: "json" };

/** Field number → name, or what a message holds whose fields JSON has in the parent. */
type Numbers = { [number: string]: string | Numbers };

const [apiDir = "", machineryDir = ""] = process.argv.slice(2);
const messages = new Map<string, Map<string, { type: string; number: string }>>();

function load(file: string, pkg: string): void {
  if (!existsSync(file)) return;
  for (const [, name = "", body = ""] of readFileSync(file, "utf8").matchAll(/^message (\w+) \{\n(.*?)^\}/gms)) {
    const fields = new Map<string, { type: string; number: string }>();
    for (const [, type = "", field = "", number = ""] of body.matchAll(
      /^ +(?:optional |repeated )?(map<[^>]+>|[\w.]+) (\w+) = (\d+);/gm,
    )) {
      fields.set(field, { type, number });
    }
    messages.set(`${pkg}.${name}`, fields);
  }
}

const packages = new Set(Object.keys(data.types).map((name) => name.split(".").slice(0, 2).join(".")));
for (const pkg of packages) {
  const path = pkg.replace(".", "/");
  load(`${apiDir}/${path}/generated.proto`, pkg);
  load(`${machineryDir}/pkg/apis/${path}/generated.proto`, pkg);
}

function numbersOf(message: string, known: readonly string[]): Numbers {
  const result: Numbers = {};
  for (const [field, { type, number }] of messages.get(message) ?? []) {
    const inner = type.includes(".")
      ? type.split(".").slice(-3).join(".")
      : `${message.split(".").slice(0, 2).join(".")}.${type}`;
    if (known.includes(field)) result[number] = field;
    else if (messages.has(inner)) result[number] = numbersOf(inner, known);
  }
  return result;
}

const lines = Object.entries(data.types).flatMap(([name, type]) => {
  if (typeof type !== "object" || !("fields" in type) || !messages.has(name)) return [];
  return [`${JSON.stringify(name)}:${JSON.stringify(numbersOf(name, Object.keys(type.fields)))}`];
});
writeFileSync(new URL("gen/wire-numbers.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
