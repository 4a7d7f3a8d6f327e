import { badRequest } from "../api-error.ts";
import type { Json } from "../json.ts";
import { builtInKinds, builtInType, typeNameOf } from "../schema/built-in.ts";
import wireNumbers from "../schema/gen/wire-numbers.json" with { type: "json" };
import type { Node } from "../schema/node.ts";

/** Field number → field name, or the fields of a message that JSON writes into the parent. */
type Numbers = { readonly [number: string]: string | Numbers };
const numbersOf = wireNumbers as unknown as Readonly<Record<string, Numbers>>;

const magic = "k8s\0";

/** A request body in Kubernetes' protobuf encoding, which kubectl sends for what it builds itself. */
export function decodeProtobuf(body: Buffer): Json {
  if (body.subarray(0, magic.length).toString("latin1") !== magic)
    throw badRequest("the body is no Kubernetes protobuf");
  const envelope = fieldsOf(body.subarray(magic.length));
  const typeMeta = fieldsOf(bytesOf(last(envelope, 1)));
  const apiVersion = bytesOf(last(typeMeta, 1)).toString("utf8");
  const kind = bytesOf(last(typeMeta, 2)).toString("utf8");
  // DeleteOptions come in any version; they are no stored kind.
  if (kind === "DeleteOptions") return {};
  const [version, group = ""] = apiVersion.split("/").reverse();
  const row = builtInKinds.find((each) => each.group === group && each.version === version && each.kind === kind);
  if (row === undefined) throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}"`);
  const object = message(builtInType(row.type), bytesOf(last(envelope, 2)));
  return { ...(object as Record<string, Json>), apiVersion, kind };
}

type Raw = bigint | Buffer;

/** The fields of a message by number, in the order in which they came. */
function fieldsOf(bytes: Buffer): Map<number, Raw[]> {
  const fields = new Map<number, Raw[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; at < bytes.length; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    let value: Raw;
    if (wireType === 0) value = varint();
    else {
      const length = wireType === 2 ? Number(varint()) : wireType === 1 ? 8 : 4;
      value = bytes.subarray(at, at + length);
      at += length;
    }
    const known = fields.get(tag >> 3);
    if (known === undefined) fields.set(tag >> 3, [value]);
    else known.push(value);
  }
  return fields;
}

function last(fields: Map<number, Raw[]>, number: number): Raw | undefined {
  return fields.get(number)?.at(-1);
}

function bytesOf(raw: Raw | undefined): Buffer {
  return raw instanceof Buffer ? raw : Buffer.alloc(0);
}

function message(node: Node, bytes: Buffer): Json {
  if (node.type !== "object") return {};
  const numbers = numbersOf[typeNameOf(node) ?? ""] ?? {};
  const result: Record<string, Json> = {};
  place(node, numbers, fieldsOf(bytes), result);
  return result;
}

function place(
  node: Extract<Node, { type: "object" }>,
  numbers: Numbers,
  fields: Map<number, Raw[]>,
  result: Record<string, Json>,
): void {
  for (const [number, values] of fields) {
    const target = numbers[String(number)];
    if (target === undefined) continue;
    if (typeof target !== "string") {
      for (const value of values) place(node, target, fieldsOf(bytesOf(value)), result);
      continue;
    }
    const field = node.fields.get(target)?.node();
    if (field === undefined) continue;
    const value = valueOf(field, values);
    // Go writes every field that is no pointer; what is empty there is absent in JSON.
    const empty = value === "" || value === false || (value === 0 && target !== "replicas");
    if (!empty && value !== undefined) result[target] = value;
  }
}

function valueOf(node: Node, values: readonly Raw[]): Json | undefined {
  if (node.type === "list") return values.map((value) => single(node.item(), value) ?? null);
  if (node.type === "object" && node.extra !== undefined && node.fields.size === 0) {
    const item = node.extra();
    return Object.fromEntries(
      values.map((value) => {
        const entry = fieldsOf(bytesOf(value));
        return [bytesOf(last(entry, 1)).toString("utf8"), single(item, last(entry, 2) ?? Buffer.alloc(0)) ?? ""];
      }),
    );
  }
  return single(node, values.at(-1));
}

function single(node: Node, raw: Raw | undefined): Json | undefined {
  if (node.type !== "leaf") return message(node, bytesOf(raw));
  const bytes = bytesOf(raw);
  const number = typeof raw === "bigint" ? Number(BigInt.asIntN(64, raw)) : 0;
  switch (node.leaf) {
    case "integer":
    case "number":
      return number;
    case "boolean":
      return number === 1;
    case "bytes":
      return bytes.toString("base64");
    case "quantity":
      return bytesOf(last(fieldsOf(bytes), 1)).toString("utf8");
    case "time":
      return time(bytes);
    case "int-or-string":
      return intOrString(bytes);
    case "any":
      return embedded(bytes);
    case "string":
      return bytes.toString("utf8");
  }
}

function time(bytes: Buffer): Json | undefined {
  const seconds = last(fieldsOf(bytes), 1);
  return typeof seconds === "bigint"
    ? `${new Date(Number(BigInt.asIntN(64, seconds)) * 1000).toISOString().slice(0, 19)}Z`
    : undefined;
}

function intOrString(bytes: Buffer): Json {
  const fields = fieldsOf(bytes);
  if (last(fields, 1) === 1n) return bytesOf(last(fields, 3)).toString("utf8");
  const number = last(fields, 2);
  return typeof number === "bigint" ? Number(BigInt.asIntN(32, number)) : 0;
}

/** JSON carried as bytes. */
function embedded(bytes: Buffer): Json | undefined {
  try {
    return JSON.parse(bytesOf(last(fieldsOf(bytes), 1)).toString("utf8")) as Json;
  } catch {
    return undefined;
  }
}
