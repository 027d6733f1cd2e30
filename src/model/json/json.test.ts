/** Random walks through grammars of schemas: whatever they permit is valid JSON for the schema. */
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import { makeRng } from "../../util/rng.ts";
import { matches } from "./matcher.ts";
import { schemaRule } from "./schema.ts";
import { sortTokens, tokenGrammar } from "./token-mask.ts";
import { ANY_OBJECT } from "./values.ts";

/** Bytes, some tokens of several characters, one that breaks a character of UTF-8, and the end. */
const TEXTS = [
  '"}',
  '": ',
  '{"',
  ", ",
  '":"',
  "true",
  "fal",
  "se",
  "12",
  '"name"',
  "abc",
  "}}",
  "]}",
  ', "',
  "\u00e9",
];
const BROKEN = Uint8Array.from([0xc3]);
const END = 256 + TEXTS.length + 1;
const bytesOf = (id: number): Uint8Array | undefined => {
  if (id < 256) return Uint8Array.from([id]);
  if (id === END) return undefined;
  return id === END - 1 ? BROKEN : new TextEncoder().encode(TEXTS[id - 256]);
};
const CLOSING = new Set(Buffer.from('"}]:,'));
const tokens = sortTokens(END + 1, bytesOf);

/** Draws among what is permitted; after `patience` tokens what closes things is preferred, so that it ends. */
function walk(schema: unknown, seed: number, patience = 40): string {
  const constraint = tokenGrammar(schemaRule(schema), tokens, new Set([END])).follow();
  const rng = makeRng(seed);
  const out: number[] = [];
  for (let n = 0; !constraint.finished; n++) {
    if (n > 4000) throw new Error("no end in sight");
    const mask = constraint.mask();
    const permitted: number[] = [];
    for (let id = 0; id < mask.length; id++) if (mask[id] === 1) permitted.push(id);
    const closing = permitted.filter((id) => id === END || CLOSING.has(id));
    const id = rng.pick(n > patience && closing.length > 0 ? closing : permitted);
    if (id === END) break;
    constraint.push(id);
    out.push(...bytesOf(id)!);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(out));
}

const SCHEMAS: Record<string, object> = {
  flat: {
    type: "object",
    properties: { name: { type: "string" }, age: { type: "integer", minimum: 0 }, ok: { type: "boolean" } },
    required: ["name", "ok"],
    additionalProperties: false,
  },
  "all optional": { type: "object", properties: { a: { type: "null" }, b: { enum: [1, "x", null] } } },
  nested: {
    type: "object",
    properties: {
      list: { type: "array", items: { type: "number" }, minItems: 1, maxItems: 3 },
      both: { anyOf: [{ type: "string", minLength: 2, maxLength: 4 }, { type: "null" }] },
    },
    required: ["list", "both"],
  },
  recursive: {
    $defs: {
      node: { type: "object", properties: { next: { $ref: "#/$defs/node" } }, additionalProperties: false },
    },
    $ref: "#/$defs/node",
  },
  map: { type: "object", additionalProperties: { type: "integer" } },
  tuple: {
    type: "array",
    prefixItems: [{ const: "a" }, { type: ["boolean", "null"] }],
    items: false,
    minItems: 2,
  },
  bounds: {
    type: "object",
    properties: {
      share: { type: "number", minimum: 0, maximum: 1 },
      cwe: { type: "integer", minimum: -3, maximum: 9 },
    },
    required: ["share", "cwe"],
  },
  anything: { type: "object" },
};

describe("what a schema's grammar permits", () => {
  const ajv = new Ajv({ strict: false });

  it.each(Object.keys(SCHEMAS))("%s: is valid", (name) => {
    const { items: _, prefixItems, ...rest } = SCHEMAS[name] as Record<string, unknown>;
    // This Ajv knows the form of tuples before 2020.
    const valid = ajv.compile(prefixItems === undefined ? SCHEMAS[name]! : { ...rest, items: prefixItems });
    const seen = new Set<string>();
    for (let seed = 0; seed < 8; seed++) {
      const text = walk(SCHEMAS[name], seed);
      expect(valid(JSON.parse(text)), text).toBe(true);
      seen.add(text);
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it("is what models write: optional blanks, escapes, every key or few", () => {
    const permits = (schema: object, text: string): boolean => matches(schemaRule(schema), text);
    expect(permits(SCHEMAS["flat"]!, '{"name": "a\\n\u00e9\\u00e9", "age": 3, "ok": true}')).toBe(true);
    expect(permits(SCHEMAS["flat"]!, '{"name":"","ok":false}')).toBe(true);
    expect(permits(SCHEMAS["flat"]!, '{"name":"x"}')).toBe(false);
    expect(permits(SCHEMAS["flat"]!, '{"ok":true,"name":"x"}')).toBe(false);
    expect(permits(SCHEMAS["flat"]!, '{"name":"x","ok":true')).toBe(false);
    expect(permits(SCHEMAS["all optional"]!, '{"b": "x"}')).toBe(true);
    expect(permits(SCHEMAS["all optional"]!, "{}")).toBe(true);
    expect(permits(SCHEMAS["bounds"]!, '{"share": 0.25, "cwe": -3}')).toBe(true);
    expect(permits(SCHEMAS["bounds"]!, '{"share": 1.5, "cwe": 0}')).toBe(false);
    expect(permits(SCHEMAS["bounds"]!, '{"share": 1, "cwe": 10}')).toBe(false);
    expect(matches(ANY_OBJECT, '{"a": [1, {"b": null}], "c": -0.5e-3}')).toBe(true);
    expect(matches(ANY_OBJECT, "[1]")).toBe(false);
  });
});

describe("masks", () => {
  it("permit exactly the tokens after which the text can go on", () => {
    const rule = schemaRule(SCHEMAS["flat"]);
    const constraint = tokenGrammar(rule, tokens, new Set([END])).follow();
    const permitted = (): string[] =>
      [...constraint.mask().keys()]
        .filter((id) => constraint.mask()[id] === 1)
        .map((id) => (id === END ? "END" : new TextDecoder().decode(bytesOf(id))))
        .sort();
    expect(permitted()).toEqual(["{", '{"']);
    constraint.push(256 + TEXTS.indexOf('{"'));
    expect(permitted()).toEqual(["n"]);
    for (const c of 'name":"x","ok":') constraint.push(c.charCodeAt(0));
    expect(permitted()).toEqual([" ", "f", "fal", "t", "true"]);
    constraint.push(256 + TEXTS.indexOf("true"));
    expect(permitted()).toEqual(["}"]);
    expect(constraint.finished).toBe(false);
    constraint.push("}".charCodeAt(0));
    expect(constraint.finished).toBe(true);
  });

  it("offer the end where a number may end", () => {
    const constraint = tokenGrammar(schemaRule({ type: "integer" }), tokens, new Set([END])).follow();
    expect(constraint.mask()[END]).toBe(0);
    constraint.push("4".charCodeAt(0));
    expect(constraint.mask()[END]).toBe(1);
    expect(constraint.finished).toBe(false);
  });
});

it.each<[unknown, RegExp]>([
  [{ type: "string", pattern: "a+" }, /^\$\.pattern: not supported/],
  [{ type: "object", properties: { a: { oneOf: [{}] } } }, /^\$\.properties\.a\.oneOf: not supported/],
  [{ type: "strung" }, /^\$\.type: expected object, array.*found "strung"/],
  [{ $ref: "#/$defs/no" }, /^\$\.\$ref: the schema has no #\/\$defs\/no/],
  [{ $ref: "http://example.test/a" }, /^\$\.\$ref: expected a reference inside/],
  [{ type: "integer", minimum: 5 }, /^\$: bounds of whole numbers/],
  [{ type: "number", maximum: 3 }, /^\$\.maximum: /],
  [{ type: "string", minLength: 3, maxLength: 2 }, /^\$\.minLength: expected at most maxLength/],
  [{ anyOf: [] }, /^\$\.anyOf: expected a list/],
  [7, /^\$: expected a JSON schema/],
])("%j is refused in one line", (schema, message) => {
  expect(() => schemaRule(schema)).toThrow(InputError);
  expect(() => schemaRule(schema)).toThrow(message);
});
