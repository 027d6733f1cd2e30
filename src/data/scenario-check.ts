/** Mistakes in a scenario that no schema sees: places, names and placeholders that refer to nothing. */
import { InputError } from "../core/errors.ts";
import type { Check, Request, Scenario } from "../core/scenario.ts";
import { languageOf } from "../core/stack.ts";
import { lineOfKey } from "./json-lines.ts";

const PLACEHOLDER = /\{\{\s*(?:canary|nonce|again)[^}]*\}?\}?/gi;
const WELL_FORMED = /^\{\{(?:nonce|again|canary:[A-Za-z0-9_.-]+)\}\}$/;

/**
 * Throws InputError naming `shown` (the scenario's file, whose text is `source`), the line, the key and what was
 * expected. Runs nothing.
 */
export function checkScenario(shown: string, scenario: Scenario, source: string): void {
  const fail = (key: string, problem: string): never => {
    throw new InputError(`${shown}:${lineOfKey(source, key)}: ${key}: ${problem}`);
  };
  if (!Object.hasOwn(scenario.files, scenario.entry))
    fail("entry", `no such file in app/: ${scenario.entry}`);
  const extension = languageOf(scenario.stack) === "Python" ? /\.py$/ : /\.c?js$/;
  if (!extension.test(scenario.entry)) fail("entry", `is no file that the stack ${scenario.stack} can serve`);
  for (const [path, text] of Object.entries(scenario.files)) {
    const [first] = text.match(PLACEHOLDER) ?? [];
    if (first !== undefined) fail(`app/${path}`, `placeholders are not allowed in sources: ${first}`);
    if (Object.hasOwn(scenario.assets, path)) fail(`assets/${path}`, "the same path is in app/");
  }
  checkLocations(scenario, fail);
  checkNames(scenario, fail);
  const planted = plantedCanaries(scenario, fail);
  for (const [key, check] of checksOf(scenario)) {
    checkSteps(key, check, fail);
    checkPlaceholders(key, JSON.stringify(check), planted, fail);
  }
  checkPlaceholders("script.ts", scenario.script ?? "", planted, fail);
  scenario.benign.forEach((request, i) => {
    checkBody(`benign[${i}]`, request, fail);
    checkPlaceholders(`benign[${i}]`, JSON.stringify(request), planted, fail);
  });
}

type Fail = (key: string, problem: string) => never;

function checkLocations(scenario: Scenario, fail: Fail): void {
  scenario.weaknesses.forEach((weakness, w) =>
    weakness.locations.forEach(({ file, line }, l) => {
      const key = `weaknesses[${w}].locations[${l}]`;
      const text = Object.hasOwn(scenario.files, file) ? scenario.files[file]! : undefined;
      if (text === undefined) return fail(`${key}.file`, `no such file in app/: ${file}`);
      const lines = text.replace(/\n$/, "").split("\n");
      if (line > lines.length)
        return fail(`${key}.line`, `app/${file} has ${lines.length} lines, not ${line}`);
      if (lines[line - 1]!.trim() === "")
        fail(`${key}.line`, `line ${line} of app/${file} is empty; expected a line of code`);
    }),
  );
}

function checkNames(scenario: Scenario, fail: Fail): void {
  const unique = (key: string, names: readonly string[]): void => {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) fail(key, `two are named ${JSON.stringify(twice)}`);
  };
  const names = (checks: readonly { name: string }[]): string[] => checks.map((check) => check.name);
  unique("visible and hidden", names([...scenario.visible, ...scenario.hidden]));
  unique(
    "weaknesses",
    scenario.weaknesses.map((weakness) => weakness.id),
  );
  for (const { id, exploits, variants } of scenario.weaknesses)
    unique(`exploits and variants of ${id}`, names([...exploits, ...variants]));
  unique("patches/alternatives/", names(scenario.alternatives));
  unique("patches/cheats/", names(scenario.cheats));
}

function plantedCanaries(scenario: Scenario, fail: Fail): Set<string> {
  const planted = new Set<string>();
  for (const kind of ["assets", "databases", "outside"] as const)
    for (const [path, text] of Object.entries(scenario[kind]))
      for (const [found] of text.matchAll(PLACEHOLDER)) {
        if (!WELL_FORMED.test(found)) fail(`${kind}: ${path}`, badPlaceholder(found));
        planted.add(found);
      }
  return planted;
}

function checkPlaceholders(key: string, text: string, planted: ReadonlySet<string>, fail: Fail): void {
  for (const [found] of text.matchAll(PLACEHOLDER)) {
    if (!WELL_FORMED.test(found)) fail(key, badPlaceholder(found));
    if (found.includes("canary") && !planted.has(found))
      fail(key, `${found} is planted nowhere; expected it in a database, an asset or a file outside`);
  }
}

const badPlaceholder = (found: string): string =>
  `${found} is not a placeholder; expected {{nonce}}, {{again}} or {{canary:NAME}}`;

/** Every check and attack, with the key that it has in the scenario's file. */
export function* checksOf(
  scenario: Pick<Scenario, "visible" | "hidden" | "weaknesses">,
): Generator<readonly [string, Check]> {
  for (const kind of ["visible", "hidden"] as const)
    for (const [i, check] of scenario[kind].entries()) yield [`${kind}[${i}]`, check];
  for (const [w, weakness] of scenario.weaknesses.entries())
    for (const kind of ["exploits", "variants"] as const)
      for (const [i, check] of weakness[kind].entries()) yield [`weaknesses[${w}].${kind}[${i}]`, check];
}

function checkSteps(key: string, check: Check, fail: Fail): void {
  const captured = new Set<string>();
  for (const [s, step] of check.steps.entries()) {
    checkBody(`${key}.steps[${s}]`, step.request, fail);
    const used = step.expect.flatMap((expectation) =>
      "capture" in expectation ? expectation.capture : "than" in expectation ? expectation.than : [],
    );
    for (const [, name] of JSON.stringify(step).matchAll(/\{\{capture:([^{}]*)\}\}/g)) used.push(name!);
    for (const name of used)
      if (!captured.has(name)) fail(`${key}.steps[${s}]`, `no earlier step captures ${JSON.stringify(name)}`);
    if (typeof step.capture === "string") captured.add(step.capture);
    if (typeof step.capture !== "object") continue;
    captured.add(step.capture.name);
    checkMatch(`${key}.steps[${s}].capture.match`, step.capture.match, fail);
  }
  // A sequence that expects nothing always passes: as a check it proves nothing, as an exploit it cannot be blocked.
  if (check.script !== undefined) return;
  if (check.steps.every((step) => step.expect.length === 0))
    fail(key, "expects nothing; give at least one step an expectation");
}

function checkMatch(key: string, match: string, fail: Fail): void {
  let groups: number;
  try {
    // The empty alternative matches without input, so that the groups can be counted.
    groups = new RegExp(`${match}|`).exec("")!.length - 1;
  } catch (error) {
    return fail(key, (error as Error).message);
  }
  if (groups !== 1) fail(key, `expected one group in parentheses, not ${groups}`);
}

function checkBody(key: string, request: Request, fail: Fail): void {
  const bodies = (["form", "json", "body"] as const).filter((kind) => request[kind] !== undefined);
  if (bodies.length > 1) fail(key, `has ${bodies.join(" and ")}; expected at most one of form, json, body`);
}
