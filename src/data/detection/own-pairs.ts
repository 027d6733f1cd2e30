/**
 * Pairs of our own code, vulnerable and patched, with what the generator knows about each: generated web applications
 * without other endpoints, and programs for chores. Every weakness is proven by attack where the code comes from.
 */
import {
  applyPatch,
  PatchError,
  type Edit,
  type Patch,
  type Scenario,
  type WeaknessType,
} from "../../core/index.ts";
import { makeRng } from "../../util/rng.ts";
import { CHORES, generateChores } from "../programs/chores/index.ts";
import { FAMILIES, generateScenario, type Family, type Pool } from "../webapps/index.ts";
import type { DetectionRow } from "./row.ts";

/** A row and why its label is right, in one or two sentences that quote the code. */
export interface ReasonedFact extends DetectionRow {
  readonly family: string;
  readonly reasoning: string;
}

export type Side = "train" | "held-out";

export interface OwnPairsOptions {
  readonly seed: number;
  readonly side: Side;
  /** Pairs of each family of applications. */
  readonly perApplication: number;
  /** Pairs of each family of chores. */
  readonly perChore: number;
}

/** Shapes of applications that are kept for evaluation: no training row is laid out so, with whatever construct. */
export const HELD_OUT_SHAPES: Readonly<Partial<Record<WeaknessType, readonly string[]>>> = {
  sql_injection: ["login", "helper"],
  xss: ["attr", "inline"],
  path_traversal: ["nested", "helper"],
};

/** Families with a construct that is seen nowhere else, most of them fixes that do not work, are left out. */
export function applicationFamilies(side: Side): Family[] {
  return FAMILIES.filter(({ type, split, shape }) => {
    const shapes = HELD_OUT_SHAPES[type];
    if (shapes === undefined || split === "novel") return false;
    return shapes.includes(shape) === (side === "held-out");
  });
}

/** Rows in pairs, vulnerable first. The sides share weaknesses, and neither families nor identifiers. */
export function ownPairs({ seed, side, perApplication, perChore }: OwnPairsOptions): ReasonedFact[] {
  const chores = CHORES.filter(({ heldOut }) => heldOut === (side === "held-out"));
  const applications = applicationFamilies(side).flatMap((family) =>
    Array.from({ length: perApplication }, (_, index) => applicationPair(family, side, seed, index)),
  );
  const programs = generateChores({ seed, perFamily: perChore, ways: 1, chores }).flatMap(
    ({ task, family, cwe, programs: ways }) =>
      ways.map(({ code, vulnerable, sink, why }): ReasonedFact => ({
        id: `${task.id}/${vulnerable ? "unsafe" : "safe"}`,
        code,
        language: "python",
        is_vulnerable: vulnerable,
        cwe: [cwe],
        pair: task.id!,
        source: "chores",
        family,
        reasoning: `The input reaches \`${sink}\`. ${why}`,
      })),
  );
  return [...applications.flat(), ...programs];
}

const WHY: Readonly<Partial<Record<WeaknessType, readonly [vulnerable: string, patched: string]>>> = {
  sql_injection: ["The input becomes part of the SQL text.", "The input cannot become part of the SQL text."],
  xss: ["The input becomes markup as it is.", "The input cannot become markup."],
  path_traversal: [
    "The input can lead out of the folder with dots.",
    "The input cannot lead out of the folder.",
  ],
};

/** Empty for a family whose lines are too long with the identifiers of this side. */
function applicationPair(family: Family, side: Side, seed: number, index: number): ReasonedFact[] {
  const scenario = tryScenario(family.id, 1000 * seed + index, side === "train" ? "common" : "unseen");
  if (scenario === undefined) return [];
  const fix = makeRng(`own-pairs/${scenario.id}`).pick([
    scenario.reference,
    ...scenario.alternatives.map(({ patch }) => patch),
  ]);
  const weakness = scenario.weaknesses[0]!;
  const [vulnerableWhy, patchedWhy] = WHY[family.type]!;
  const shared = {
    language: "python",
    cwe: [weakness.cwe],
    pair: scenario.id,
    source: "applications",
    family: family.id,
  };
  return [
    {
      ...shared,
      id: `${scenario.id}/vulnerable`,
      code: sourceOf(scenario.files),
      is_vulnerable: true,
      reasoning: `The input reaches \`${weakPlace(scenario)}\`. ${vulnerableWhy}`,
    },
    {
      ...shared,
      id: `${scenario.id}/patched`,
      code: sourceOf(applyPatch(scenario.files, fix)),
      is_vulnerable: false,
      reasoning: `The input reaches \`${newPlace(scenario, fix)}\`. ${patchedWhy}`,
    },
  ];
}

function tryScenario(family: string, seed: number, identifiers: Pool): Scenario | undefined {
  try {
    return generateScenario(family, seed, { identifiers, distractors: { min: 0, max: 0 } });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** All files of an application, one after another. */
const sourceOf = (files: Readonly<Record<string, string>>): string => Object.values(files).join("\n");

/** What the reference patch replaces where the weakness is. */
function weakPlace({ reference, weaknesses, files }: Scenario): string {
  const { file, line } = weaknesses[0]!.locations[0]!;
  const edits = editsOf(reference).filter((edit) => edit.line === line);
  return edits[0]?.search.split("\n")[0]!.trim() ?? files[file]!.split("\n")[line - 1]!.trim();
}

/** What a patch brings, imports aside; of one that only takes something away, the line that is left. */
function newPlace({ id, files }: Scenario, patch: Patch): string {
  const isImport = (line: string): boolean => /^\s*(?:from|import)\b/.test(line);
  for (const { search, replace } of editsOf(patch)) {
    const before = search.split("\n").map((line) => line.trim());
    const line = replace.split("\n").find((one) => one.trim() !== "" && !before.includes(one.trim()));
    if (line !== undefined && !isImport(line)) return line.trim();
  }
  const known = new Set(Object.values(files).flatMap((text) => text.split("\n")));
  const left = Object.values(applyPatch(files, patch))
    .flatMap((text) => text.split("\n"))
    .find((line) => !known.has(line) && line.trim() !== "" && !isImport(line));
  if (left === undefined) throw new PatchError(`${id}: the patch changes nothing but imports`);
  return left.trim();
}

const editsOf = (patch: Patch): Edit[] =>
  Object.values(patch).flatMap((change) => (typeof change === "string" ? [] : change));
