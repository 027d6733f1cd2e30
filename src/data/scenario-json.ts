/** Reads `scenario.json`: JSON with the line of a mistake, then the schema with the key and what was expected. */
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { EditSchema } from "../core/patch.ts";
import {
  CaptureSchema,
  CheckSchema,
  ExploitSchema,
  LocationSchema,
  NamedPatchSchema,
  RequestSchema,
  ScenarioSchema,
  StepSchema,
  WeaknessSchema,
} from "../core/scenario.ts";
import { PackageSchema } from "./scenario-package.ts";
import { nearest } from "../util/nearest.ts";
import { lineOfKey } from "./json-lines.ts";
import { lineAt } from "./text-tree.ts";

/**
 * What `scenario.json` itself holds; everything else of a scenario lies beside it as files. Assets may be in both
 * places: a name such as `...`, which an attack may need, cannot be a file on every system.
 */
export const ScenarioFileSchema = ScenarioSchema.omit({
  files: true,
  databases: true,
  outside: true,
  script: true,
  reference: true,
  alternatives: true,
  cheats: true,
});
export type ScenarioFile = z.infer<typeof ScenarioFileSchema>;

/** Of a published vulnerability: one way in is often all there is, and the other releases are no alternatives. */
const PACKAGE_PARTS = {
  weaknesses: z.array(WeaknessSchema.extend({ variants: z.array(ExploitSchema).min(2) })).min(1),
  alternatives: z.array(NamedPatchSchema).min(1),
};
export const PackageScenarioSchema = ScenarioSchema.extend(PACKAGE_PARTS);
export const PackageScenarioFileSchema = ScenarioFileSchema.extend({
  package: PackageSchema,
  weaknesses: PACKAGE_PARTS.weaknesses,
});

const BESIDE: Readonly<Record<string, string>> = {
  files: "app/",
  databases: "databases/",
  outside: "outside/",
  script: "script.ts",
  reference: "patches/reference.diff",
  alternatives: "patches/alternatives/",
  cheats: "patches/cheats/",
};

const KNOWN_KEYS = new Set(
  [
    PackageScenarioFileSchema,
    PackageSchema,
    WeaknessSchema,
    CheckSchema,
    CaptureSchema,
    StepSchema,
    RequestSchema,
    LocationSchema,
    EditSchema,
  ].flatMap((schema) => Object.keys(schema.shape)),
);

/** Throws InputError `FILE:LINE: ...` when `text` is not JSON. */
export function parseJson(shown: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const offset = firstBadOffset(text);
    const line = lineAt(text, offset);
    const column = offset - text.lastIndexOf("\n", offset - 1);
    const reason = (error as Error).message.replace(
      / in JSON at position.*|, (?:\.\.\.)?".*| is not valid JSON.*/s,
      "",
    );
    throw new InputError(`${shown}:${line}: is not JSON: ${reason} (column ${column})`);
  }
}

/**
 * Offset of the first character after which no JSON can follow; JSON.parse does not tell it for every mistake.
 * Whether a beginning can still become JSON only ever changes from yes to no as it grows, so halving finds the place.
 */
function firstBadOffset(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (canContinue(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return Math.min(good, Math.max(0, text.trimEnd().length - 1));
}

function canContinue(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    return /end of JSON input|Unterminated/.test(message) || Number(position) === beginning.length;
  }
}

/** The parsed value as `schema` says, or an InputError `FILE:LINE: KEY: ...` for the first thing that is wrong. */
export function validate<Schema extends z.ZodType>(
  shown: string,
  schema: Schema,
  value: unknown,
  text: string,
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue, ...others] = result.error.issues;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  const unknown = issue!.code === "unrecognized_keys" ? [issue!.keys[0]!] : [];
  const line = lineOfKey(text, keyOf([...issue!.path, ...unknown]));
  throw new InputError(`${shown}:${line}: ${describe(issue!)}${more}`);
}

function describe(issue: z.core.$ZodIssue): string {
  const key = keyOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys[0]!;
    const place = key === "" ? unknown : `${key}.${unknown}`;
    const beside = key === "" ? BESIDE[unknown] : undefined;
    if (beside !== undefined) return `${place}: does not belong in this file; expected it in ${beside}`;
    const meant = nearest(unknown, KNOWN_KEYS);
    return `${place}: unknown key${meant === undefined ? "" : `; did you mean ${meant}?`}`;
  }
  return `${key === "" ? "the whole file" : key}: ${issue.message.replace(/^Invalid input: /, "")}`;
}

function keyOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}
