/** The skill that fixes: proposes patches, or takes one, and says what was verified about it by running it. */
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { applyPatch, PatchError, PatchSchema, type Files, type Patch } from "../core/patch.ts";
import type { Scenario } from "../core/scenario.ts";
import { ScenarioSchema } from "../core/scenario.ts";
import { patchOfDiff } from "../data/unified-diff.ts";
import { unifiedDiff } from "../scan/index.ts";
import { codeShape, filesOf } from "./code.ts";
import { proposals } from "./proposals.ts";
import type { SkillAnswer, SkillRun, SkillTools } from "./types.ts";
import { verificationFor, type Check, type Verification } from "./verification.ts";

const test = z.strictObject({
  input: z.string().max(100_000),
  output: z.string().max(100_000),
});

const verifyShape = {
  ...codeShape,
  scenario: z
    .union([z.string().min(1).max(100), ScenarioSchema])
    .optional()
    .describe(
      "Id of a scenario that this agent knows, or a whole scenario: the patch is verified against it",
    ),
  tests: z
    .array(test)
    .min(1)
    .max(100)
    .optional()
    .describe("Inputs and expected outputs of a program of one file: it is run on them in a sandbox"),
};
const MAX_PATCH = 1024 * 1024;

export const GivenPatchSchema = z.union([
  PatchSchema.refine((patch) => JSON.stringify(patch).length <= MAX_PATCH, `at most ${MAX_PATCH} characters`),
  z.string().min(1).max(MAX_PATCH),
]);

const patchShape = {
  ...verifyShape,
  patch: GivenPatchSchema.optional().describe(
    "Path -> new text or edits {search, replace, line?}; or a unified diff. Without it one is proposed",
  ),
  attempts: z.int().min(1).max(20).default(8).describe("Proposals that are tried at most"),
};
export const PatchInputSchema = z.object(patchShape);
export type PatchInput = z.infer<typeof PatchInputSchema>;

interface Tried {
  readonly by: string;
  readonly patch: Patch;
  readonly verification: Verification;
}

/** Throws InputError for input it cannot take, InfraError when the infrastructure failed. */
export async function patchCode(tools: SkillTools, input: PatchInput, run: SkillRun): Promise<SkillAnswer> {
  const scenario = await scenarioOf(tools, input);
  const files = scenario?.files ?? filesOf(input);
  const check = verificationFor(tools, { files, scenario, tests: input.tests });
  const given = input.patch === undefined ? undefined : givenPatch(input.patch, files);
  const candidates =
    given === undefined ? proposals(tools, files, run) : one({ by: "the caller", patch: given });
  const best = await firstThatHolds(candidates, check, given === undefined ? input.attempts : 1, run);
  if (best.tried === undefined) {
    const text = "No change could be proposed: neither the checklist nor a model has one for this code.";
    return { text, data: { patch: null, diff: "", attempts: 0, proposedBy: null, verification: null } };
  }
  const { by, patch, verification } = best.tried;
  const diff = diffOf(files, patch);
  const data = { patch, diff, attempts: best.attempts, proposedBy: by, verification };
  return { text: `${verification.says}\nProposed by ${by}, attempt ${best.attempts}.\n\n${diff}`, data };
}

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** The first that is verified, else the first that was tried. */
async function firstThatHolds(
  candidates: AsyncIterable<{ readonly by: string; readonly patch: Patch }>,
  check: Check,
  most: number,
  { say, signal }: SkillRun,
): Promise<{ tried?: Tried; attempts: number }> {
  let attempts = 0;
  let first: Tried | undefined;
  for await (const { by, patch } of candidates) {
    signal.throwIfAborted();
    attempts++;
    say(`checking proposal ${attempts} (${by})`);
    const tried = { by, patch, verification: await check(patch) };
    if (tried.verification.verified) return { tried, attempts };
    first ??= tried;
    // Without anything to run there is nothing that would tell a better one.
    if (attempts >= most || tried.verification.kind === "none") break;
  }
  return { ...(first === undefined ? {} : { tried: first }), attempts };
}

async function scenarioOf(
  tools: SkillTools,
  { scenario, ...input }: PatchInput,
): Promise<Scenario | undefined> {
  if (scenario === undefined) return undefined;
  if (input.files !== undefined || input.code !== undefined)
    throw new InputError("scenario: it has its own files; expected neither files nor code beside it");
  if (typeof scenario !== "string") return scenario;
  const found = await tools.scenario(scenario);
  if (found === undefined) throw new InputError(`scenario: no scenario ${JSON.stringify(scenario)}`);
  return found;
}

function givenPatch(patch: Patch | string, files: Files): Patch {
  return typeof patch === "string" ? patchOfDiff("patch", patch, files) : patch;
}

/** Unified, for what the patch changes; empty when it does not apply. */
export function diffOf(files: Files, patch: Patch): string {
  let after: Files;
  try {
    after = applyPatch(files, patch);
  } catch (error) {
    if (error instanceof PatchError) return "";
    throw error;
  }
  return Object.keys(after)
    .filter((path) => after[path] !== files[path])
    .map((path) => unifiedDiff(path, files[path]!, after[path]!))
    .join("");
}
