import type { Json } from "../json.ts";

const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * A quantity as the server writes it back: the largest suffix of its family that leaves a whole number ("1000m" is "1",
 * "0.5" is "500m", "1024Ki" is "1Mi"). What is no quantity is left alone.
 */
export function canonicalQuantity(value: Json): Json {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(String(value));
  if (match === null || value === null || typeof value === "object") return value;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return value;
  const minus = sign === "-" ? "-" : "";
  if (suffix.endsWith("i")) {
    const scaled = BigInt(
      Math.ceil(Number(`${whole || "0"}.${fraction || "0"}`) * 1024 ** (binary.indexOf(suffix) + 1)),
    );
    return minus + inBinary(scaled);
  }
  const exponent = /^[eE]/.test(suffix) ? Number(suffix.slice(1)) : (decimal.indexOf(suffix) - 3) * 3;
  return minus + inDecimal(BigInt(whole + fraction), exponent - fraction.length);
}

function inBinary(value: bigint): string {
  let amount = value;
  let index = -1;
  while (amount !== 0n && amount % 1024n === 0n && index < binary.length - 1) {
    amount /= 1024n;
    index++;
  }
  return `${amount}${index < 0 ? "" : binary[index]}`;
}

/** `digits` times ten to the `exponent`, no finer than nano. */
function inDecimal(digits: bigint, exponent: number): string {
  if (digits === 0n) return "0";
  let amount = digits;
  let power = exponent;
  while (power < -9) {
    amount = (amount + 9n) / 10n;
    power++;
  }
  while (power % 3 !== 0) {
    amount *= 10n;
    power--;
  }
  while (amount % 1000n === 0n && power < 18) {
    amount /= 1000n;
    power += 3;
  }
  return `${amount}${decimal[power / 3 + 3]}`;
}
