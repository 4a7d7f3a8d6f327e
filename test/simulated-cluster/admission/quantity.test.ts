import { expect, test } from "vitest";
import { canonicalQuantity } from "./quantity.ts";

test("canonicalQuantity() writes a quantity as the real server does", () => {
  const seen: Record<string, string> = {
    "1000m": "1",
    "0.5": "500m",
    "1024Mi": "1Gi",
    "1.5Gi": "1536Mi",
    "0.5Ki": "512",
    "1000Ki": "1000Ki",
    "0.1Ki": "102400m",
    "1500": "1500",
    "2000k": "2M",
    "0.0001": "1m",
    "1e3": "1e3",
    "1E3": "1E3",
    "5e-1": "500e-3",
    "12E": "12E",
    "0": "0",
    "-250m": "-250m",
    word: "word",
  };
  expect(Object.fromEntries(Object.keys(seen).map((text) => [text, canonicalQuantity(text)]))).toEqual(seen);
  expect(canonicalQuantity(2)).toBe("2");
});
