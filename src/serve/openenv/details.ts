/** Validation errors in the shape that Python clients of OpenEnv know: `{type, loc, msg, input, ctx}`. */
import type { z } from "zod";

export interface ErrorDetail {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input?: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

const MAX_DETAILS = 20;
const MAX_ECHO = 2000;

type Issue = z.core.$ZodIssue;

/** `prefix` is put before every location, for instance `["body"]`. */
export function errorDetails(
  error: z.ZodError,
  input: unknown,
  prefix: readonly (string | number)[] = [],
): ErrorDetail[] {
  return error.issues
    .slice(0, MAX_DETAILS)
    .flatMap((issue) => detailsOf(issue, input))
    .slice(0, MAX_DETAILS)
    .map((detail) => ({ ...detail, loc: [...prefix, ...detail.loc], input: echo(detail.input) }));
}

function detailsOf(issue: Issue, root: unknown): ErrorDetail[] {
  const loc = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  const input = valueAt(root, loc);
  const plain = (type: string, msg: string, ctx?: Record<string, unknown>): ErrorDetail[] => [
    { type, loc, msg, input, ...(ctx === undefined ? {} : { ctx }) },
  ];
  switch (issue.code) {
    case "invalid_type":
      if (input === undefined && loc.length > 0) {
        return [{ type: "missing", loc, msg: "Field required", input: valueAt(root, loc.slice(0, -1)) }];
      }
      return plain(`${typeName(issue.expected)}_type`, issue.message);
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        type: "extra_forbidden",
        loc: [...loc, key],
        msg: "Extra inputs are not permitted",
        input: valueAt(root, [...loc, key]),
      }));
    case "too_small": {
      const at = Number(issue.minimum);
      if (issue.origin === "string")
        return plain(
          "string_too_short",
          `String should have at least ${at} character${at === 1 ? "" : "s"}`,
          {
            min_length: at,
          },
        );
      if (issue.origin === "array") return plain("too_short", issue.message, { min_length: at });
      return issue.inclusive
        ? plain("greater_than_equal", `Input should be greater than or equal to ${at}`, { ge: at })
        : plain("greater_than", `Input should be greater than ${at}`, { gt: at });
    }
    case "too_big": {
      const at = Number(issue.maximum);
      if (issue.origin === "string")
        return plain("string_too_long", `String should have at most ${at} characters`, { max_length: at });
      if (issue.origin === "array") return plain("too_long", issue.message, { max_length: at });
      return issue.inclusive
        ? plain("less_than_equal", `Input should be less than or equal to ${at}`, { le: at })
        : plain("less_than", `Input should be less than ${at}`, { lt: at });
    }
    case "invalid_union":
      return input === undefined && loc.length > 0
        ? [{ type: "missing", loc, msg: "Field required", input: valueAt(root, loc.slice(0, -1)) }]
        : plain("union_error", issue.message);
    case "invalid_value":
      return plain("literal_error", issue.message, { expected: issue.values });
    default:
      return plain("value_error", issue.message);
  }
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    object: "dict",
    record: "dict",
    array: "list",
    number: "float",
    boolean: "bool",
  };
  return Object.hasOwn(names, expected) ? names[expected]! : expected;
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** A rejected body may be megabytes; the answer to it is not. */
function echo(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text === undefined || text.length <= MAX_ECHO) return value ?? null;
  return `${text.slice(0, 200)}... (${text.length} characters)`;
}
