/**
 * JSON schemas as grammars. Whatever the grammar permits is valid; some valid documents it does not permit (other orders
 * of keys, keys that are not declared). What cannot be promised is refused, with its place in the schema.
 */
import { InputError } from "../../core/errors.ts";
import { choice, lazy, literal, sequence, type Rule } from "./rule.ts";
import {
  ANY,
  arrayRule,
  BOOLEAN,
  integerRule,
  mapRule,
  NULL,
  numberRule,
  objectRule,
  stringRule,
  tupleRule,
} from "./values.ts";

type Schema = Readonly<Record<string, unknown>>;

const REFUSED = [
  ..."pattern patternProperties propertyNames minProperties maxProperties dependentRequired dependentSchemas".split(
    " ",
  ),
  ..."dependencies uniqueItems contains minContains maxContains multipleOf not if then else oneOf".split(" "),
  ..."unevaluatedProperties unevaluatedItems $dynamicRef".split(" "),
];
const BOUNDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] as const;
/** Whole numbers between two bounds are written out up to so many. */
const MAX_RANGE = 1000;
/** Repetitions are counted by rules of their own. */
const MAX_COUNT = 100_000;
const TYPES = ["object", "array", "string", "integer", "number", "boolean", "null"];

/** Throws InputError naming the place in the schema (`$.properties.a.pattern`) and what is wrong there. */
export function schemaRule(root: unknown): Rule {
  const refs = new Map<string, Rule>();

  const ruleOf = (schema: unknown, at: string): Rule => {
    if (schema === true) return ANY;
    if (typeof schema !== "object" || schema === null || Array.isArray(schema))
      throw new InputError(`${at}: expected a JSON schema`);
    const given = schema as Schema;
    const refused = REFUSED.find((key) => given[key] !== undefined && given[key] !== false);
    if (refused !== undefined) throw new InputError(`${at}.${refused}: not supported in constrained output`);
    for (const key of ["$ref", "anyOf", "allOf", "const", "enum"] as const)
      if (given[key] !== undefined) return only(given, key, at);
    return typed(given, at);
  };

  /** Keywords that stand alone: beside them only what is no constraint. */
  const only = (schema: Schema, key: "$ref" | "anyOf" | "allOf" | "const" | "enum", at: string): Rule => {
    const value = schema[key];
    if (key === "const") return literal(JSON.stringify(value));
    if (key === "enum") {
      if (!Array.isArray(value) || value.length === 0)
        throw new InputError(`${at}.enum: expected a list of values`);
      return choice(...value.map((one) => literal(JSON.stringify(one))));
    }
    const beside = ["$ref", "anyOf", "allOf", "properties", "items", "required"].find(
      (other) => other !== key && schema[other] !== undefined,
    );
    if (beside !== undefined) throw new InputError(`${at}.${beside}: not supported beside ${key}`);
    if (key === "$ref") return refRule(value, at);
    if (!Array.isArray(value) || value.length === 0)
      throw new InputError(`${at}.${key}: expected a list of schemas`);
    if (key === "allOf" && value.length > 1)
      throw new InputError(`${at}.allOf: more than one is not supported in constrained output`);
    return choice(...value.map((one: unknown, i) => ruleOf(one, `${at}.${key}[${i}]`)));
  };

  const refRule = (ref: unknown, at: string): Rule => {
    if (typeof ref !== "string" || !/^#(\/|$)/.test(ref))
      throw new InputError(`${at}.$ref: expected a reference inside the schema, such as "#/$defs/name"`);
    const known = refs.get(ref);
    if (known !== undefined) return known;
    let target: unknown = root;
    for (const part of ref.split("/").slice(1)) {
      const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      target = Object.hasOwn(Object(target) as object, name) ? (target as Schema)[name] : undefined;
    }
    if (target === undefined) throw new InputError(`${at}.$ref: the schema has no ${ref}`);
    let made: Rule | undefined;
    const rule = lazy(() => made!);
    refs.set(ref, rule);
    made = ruleOf(target, ref);
    return rule;
  };

  const typed = (schema: Schema, at: string): Rule => {
    const type = schema["type"] ?? implied(schema);
    if (type === undefined) return ANY;
    const types: readonly unknown[] = Array.isArray(type) ? type : [type];
    return choice(...types.map((one) => ofType(one, schema, at)));
  };

  const ofType = (type: unknown, schema: Schema, at: string): Rule => {
    if (type === "object") return objectOf(schema, at);
    if (type === "array") return arrayOf(schema, at);
    if (type === "string") return stringRule(...range(schema, "minLength", "maxLength", at));
    if (type === "integer") return integerOf(schema, at);
    if (type === "number") return numberOf(schema, at);
    if (type === "boolean") return BOOLEAN;
    if (type === "null") return NULL;
    throw new InputError(`${at}.type: expected ${TYPES.join(", ")}, found ${JSON.stringify(type)}`);
  };

  const objectOf = (schema: Schema, at: string): Rule => {
    const declared = Object.entries((schema["properties"] ?? {}) as Schema);
    const required = (schema["required"] ?? []) as readonly string[];
    if (!Array.isArray(required)) throw new InputError(`${at}.required: expected a list of names`);
    const more = schema["additionalProperties"] ?? true;
    const undeclared = required.filter((name) => !declared.some(([known]) => known === name));
    if (undeclared.length > 0 && more === false)
      throw new InputError(`${at}.required: ${undeclared[0]} is not among the properties`);
    if (declared.length === 0 && undeclared.length === 0)
      return more === false ? literal("{}") : mapRule(ruleOf(more, `${at}.additionalProperties`));
    return objectRule([
      ...declared.map(([name, value]) => {
        return { name, value: ruleOf(value, `${at}.properties.${name}`), required: required.includes(name) };
      }),
      ...undeclared.map((name) => {
        return { name, value: ruleOf(more, `${at}.additionalProperties`), required: true };
      }),
    ]);
  };

  const arrayOf = (schema: Schema, at: string): Rule => {
    const [min, max] = range(schema, "minItems", "maxItems", at);
    const tuple = schema["prefixItems"];
    if (tuple === undefined) return arrayRule(ruleOf(schema["items"] ?? true, `${at}.items`), min, max);
    if (!Array.isArray(tuple) || min > tuple.length || max < tuple.length)
      throw new InputError(`${at}.prefixItems: expected as many schemas as the array has items`);
    return tupleRule(tuple.map((one: unknown, i) => ruleOf(one, `${at}.prefixItems[${i}]`)));
  };

  return ruleOf(root, "$");
}

function implied(schema: Schema): string | undefined {
  if (["properties", "required", "additionalProperties"].some((key) => schema[key] !== undefined))
    return "object";
  return schema["items"] !== undefined || schema["prefixItems"] !== undefined ? "array" : undefined;
}

function range(schema: Schema, low: string, high: string, at: string): [min: number, max: number] {
  const read = (key: string, otherwise: number): number => {
    const value = schema[key] ?? otherwise;
    if (value === otherwise) return otherwise;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > MAX_COUNT)
      throw new InputError(`${at}.${key}: expected a whole number from 0 to ${MAX_COUNT}`);
    return value;
  };
  const [min, max] = [read(low, 0), read(high, Infinity)];
  if (min > max) throw new InputError(`${at}.${low}: expected at most ${high}`);
  return [min, max];
}

/** Bounds of a number; undefined where there is none. */
function boundsOf(schema: Schema, at: string): Partial<Record<(typeof BOUNDS)[number], number>> {
  return Object.fromEntries(
    BOUNDS.flatMap((key) => {
      const value = schema[key];
      if (value === undefined) return [];
      if (typeof value !== "number") throw new InputError(`${at}.${key}: expected a number`);
      return [[key, value]];
    }),
  );
}

function integerOf(schema: Schema, at: string): Rule {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = boundsOf(schema, at);
  const low = Math.max(Math.ceil(minimum ?? -Infinity), Math.floor((exclusiveMinimum ?? -Infinity) + 1));
  const high = Math.min(Math.floor(maximum ?? Infinity), Math.ceil((exclusiveMaximum ?? Infinity) - 1));
  if (low === -Infinity && high === Infinity) return integerRule();
  if (high === Infinity && (low === 0 || low === 1)) return integerRule(low);
  if (high < low) throw new InputError(`${at}: no whole number is between the bounds`);
  if (high - low >= MAX_RANGE)
    throw new InputError(
      `${at}: bounds of whole numbers are supported up to ${MAX_RANGE} values, or a minimum of 0 or 1`,
    );
  return choice(...Array.from({ length: high - low + 1 }, (_, i) => literal(String(low + i))));
}

function numberOf(schema: Schema, at: string): Rule {
  const bounds = boundsOf(schema, at);
  const keys = Object.keys(bounds);
  if (keys.length === 0) return numberRule();
  if (keys.length === 1 && bounds.minimum === 0) return numberRule(true);
  // The most common of all bounds: a share.
  if (keys.length === 2 && bounds.minimum === 0 && bounds.maximum === 1) return shareRule();
  throw new InputError(
    `${at}.${keys[0]}: of bounds of numbers only minimum 0, alone or with maximum 1, is supported`,
  );
}

/** From 0 to 1. */
function shareRule(): Rule {
  const digits = arrayOfDigits();
  return choice(literal("0"), literal("1"), sequence(literal("0."), digits));
}

function arrayOfDigits(): Rule {
  const digit = choice(...Array.from({ length: 10 }, (_, i) => literal(String(i))));
  return { kind: "repeat", item: digit, min: 1, max: 15 };
}
