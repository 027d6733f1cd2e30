/** The lexer behind the script oracle, on what is easily confused. */
import { expect, it } from "vitest";
import { mentionsAsCode } from "./javascript.ts";

it.each([
  ["a / b; tell('m4rk') / c", true],
  ["if (x) /tell('m4rk')/.test(y)", true],
  ["return_(1) / 2; m4rk", true],
  ["x = a ? /'/ : tell('m4rk')", true],
  ["`a${ {b: `c${tell('m4rk')}`} }d`", true],
  ["`a${ {b: 1} } tell('m4rk')`", false],
  ["'\\'; tell(\\'m4rk\\')'", false],
  ['"\\\\"; tell("m4rk")', true],
  ["x = 'a\\\n tell(\"m4rk\")'", false],
  ["/[/'\"]/; tell('m4rk')", true],
  ["x = 'm4rk' + 1", false],
  ["tell(1, ['m4rk'])", false],
  ["(function () { tell('m4rk') })()", true],
  ["window['tell']('m4rk')", true],
  ["tell('m4rk'", false],
  ["m4rkX", true],
])("%s", (code, found) => expect(mentionsAsCode(code, "m4rk", "script")).toBe(found));

it("a handler may return, a script may not", () => {
  expect(mentionsAsCode("return tell('m4rk')", "m4rk", "handler")).toBe(true);
  expect(mentionsAsCode("return tell('m4rk')", "m4rk", "script")).toBe(false);
});

it("long hostile text is read in linear time", () => {
  const code = `${"'\\".repeat(20_000)} ${"/".repeat(20_000)} ${"`${".repeat(20_000)} m4rk`;
  expect(mentionsAsCode(code, "m4rk", "script")).toBe(false);
});
