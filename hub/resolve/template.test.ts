import { expect, test } from "vitest";
import { fill, parseTemplate, variablesIn } from "./template.ts";

const values: Readonly<Record<string, string>> = { a: "x", empty: "", word: "abcABC", path: "one/two/one" };

function filled(text: string): string {
  return fill(parseTemplate(text), (name) => values[name]);
}

test.each([
  ["plain text", "plain text"],
  ["${a}", "x"],
  ["<${a}${a}>", "<xx>"],
  ["$a and $$ stay", "$a and $$ stay"],
  ["$${a}", "${a}"],
  ["$${a:=${a}}", "${a:=x}"],
  ["${none:=d}", "d"],
  ["${none:-d}", "d"],
  ["${none=d}", "d"],
  ["${none-d}", "d"],
  ["${empty:=d}", "d"],
  ["${empty:-d}", "d"],
  ["${empty=d}", ""],
  ["${empty-d}", ""],
  ["${none:=}", ""],
  ["${a:=d}", "x"],
  ["${none:=<${a}-${none:=deep}>}", "<x-deep>"],
  ["${none:=http://host:80/p}", "http://host:80/p"],
  ["${none:=\\}}", "}"],
  ["${word:3}", "ABC"],
  ["${word:1:2}", "bc"],
  ["${word^}", "AbcABC"],
  ["${word^^}", "ABCABC"],
  ["${word,}", "abcABC"],
  ["${word,,}", "abcabc"],
  ["${#word}", "6"],
  ["${path/one/1}", "1/two/one"],
  ["${path//one/1}", "1/two/1"],
  ["${path//\\//-}", "one-two-one"],
  ["${path/#one/1}", "1/two/one"],
  ["${path/%one/1}", "one/two/1"],
  ["${path/two/}", "one//one"],
  ["${word/abc/$&}", "$&ABC"],
])("fill() turns %j into %j", (text, result) => {
  expect(filled(text)).toBe(result);
});

test.each([
  ["${none}", 'variable "none" has no value and no default'],
  ["${none^^}", 'variable "none" has no value and no default'],
  ["${none:=${nothing}}", 'variable "nothing" has no value and no default'],
  ["${word:${a}}", '"${…:x}" needs whole numbers'],
])("fill() refuses %j", (text, message) => {
  expect(() => filled(text)).toThrow(message);
});

test.each(["${", "${a", "${}", "${a.b}", "${a+x}", "${a:?x}", "${a:x}", "${#a:=x}", "${1a}", "${a:=x"])(
  "parseTemplate() refuses %j and says what is expected",
  (text) => {
    expect(() => parseTemplate(text)).toThrow(
      `malformed "${text}": expected a variable such as "\${name}" or "\${name:=default}", or "$\${" for a literal "\${"`,
    );
  },
);

test("variablesIn() names variables of defaults too, and none that is escaped", () => {
  expect(variablesIn(parseTemplate("${a} ${b:=${c}} $${d} $e"))).toEqual(["a", "b", "c"]);
});
