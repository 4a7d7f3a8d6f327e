import { type Json, scalarText } from "../json.ts";

const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * A quantity as the server writes it back: the largest suffix of its family that leaves a whole number ("1000m" is "1",
 * "0.5" is "500m", "1024Ki" is "1Mi"; exponents stay exponents). What is no quantity is left alone.
 */
export function canonicalQuantity(value: Json): Json {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(scalarText(value));
  if (match === null || value === null || typeof value === "object") return value;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return value;
  const minus = sign === "-" ? "-" : "";
  const digits = BigInt(whole + fraction);
  if (suffix.endsWith("i")) {
    const scaled = digits * 1024n ** BigInt(binary.indexOf(suffix) + 1);
    const unit = 10n ** BigInt(fraction.length);
    return (
      minus +
      (scaled % unit === 0n
        ? inBinary(scaled / unit)
        : inDecimal(scaled, -fraction.length, (power) => decimal[power / 3 + 3]))
    );
  }
  if (/^[eE]./.test(suffix)) {
    const exponent = Number(suffix.slice(1)) - fraction.length;
    return minus + inDecimal(digits, exponent, (power) => (power === 0 ? "" : `${suffix.charAt(0)}${power}`));
  }
  const exponent = (decimal.indexOf(suffix) - 3) * 3;
  return minus + inDecimal(digits, exponent - fraction.length, (power) => decimal[power / 3 + 3]);
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

/** `digits` times ten to the `exponent`, no finer than milli; rounded up. */
function inDecimal(digits: bigint, exponent: number, suffixOf: (power: number) => string | undefined): string {
  if (digits === 0n) return "0";
  let amount = digits;
  let power = exponent;
  while (power < -3) {
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
  return `${amount}${suffixOf(power)}`;
}
