/** Runs what a scenario brings along: are its attacks real on the tree as it is, and does a proposed patch stop them? */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InfraError, type Patch, type Scenario, type Verdict, type Weakness } from "../core/index.ts";
import { loadScenario } from "../data/index.ts";
import type { Verifier } from "../verify/index.ts";
import { explains, familyOf } from "./weaknesses.ts";
import type { ScanFinding, Verification } from "./types.ts";

const FILE = "scenario.json";

interface Placed {
  /** Of its sources, relative to the scanned folder, with a slash at the end. */
  readonly prefix: string;
  readonly scenario: Scenario;
}

export interface Verified {
  readonly findings: readonly ScanFinding[];
  /** Sentences on what could not be run. */
  readonly problems: readonly string[];
}

/**
 * Attacks run in the verifier's isolation and never on this machine. A finding is verified when it names a weakness of a
 * scenario at a place that its author accepts and the attacks on that weakness worked. Throws PrerequisiteError without
 * isolation, InputError for a broken scenario.
 */
export async function verifyFindings(
  root: string,
  findings: readonly ScanFinding[],
  verifier: Verifier,
): Promise<Verified> {
  const problems: string[] = [];
  const proven: Placed[] = [];
  for (const placed of await scenariosIn(root)) {
    try {
      await verifier.baseline(placed.scenario);
      proven.push(placed);
    } catch (error) {
      if (!(error instanceof InfraError)) throw error;
      problems.push(`${placed.scenario.id}: nothing was verified: ${error.message}`);
    }
  }
  const out: ScanFinding[] = [];
  for (const finding of findings)
    out.push({ ...finding, verification: await verify(finding, proven, verifier) });
  return { findings: out, problems };
}

/** In the folder itself, or in the folders directly below it. */
async function scenariosIn(root: string): Promise<Placed[]> {
  const entries = await readdir(root, { withFileTypes: true });
  if (entries.some((entry) => entry.name === FILE && entry.isFile()))
    return [{ prefix: "app/", scenario: await loadScenario(root) }];
  const out: Placed[] = [];
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name);
  for (const name of names.toSorted()) {
    const inside = await readdir(join(root, name), { withFileTypes: true });
    if (inside.some((entry) => entry.name === FILE && entry.isFile()))
      out.push({ prefix: `${name}/app/`, scenario: await loadScenario(join(root, name)) });
  }
  return out;
}

async function verify(
  finding: ScanFinding,
  proven: readonly Placed[],
  verifier: Verifier,
): Promise<Verification> {
  const placed = proven.find(({ prefix }) => finding.file.startsWith(prefix));
  if (placed === undefined) return unverified("No application with attacks belongs to this file.");
  const own = inside(finding, placed.prefix);
  const weakness = placed.scenario.weaknesses.find((one) => explains(one, own));
  if (weakness === undefined) return unverified("No attack of this application goes through this place.");
  const patch = finding.patch === undefined ? undefined : patchInside(finding.patch.edits, placed.prefix);
  const verdict = patch === undefined ? undefined : await verifier.verify(placed.scenario, patch);
  const attacks = `${weakness.exploits.length} of ${weakness.exploits.length} attacks and ${weakness.variants.length} variants worked on the application as it is`;
  if (verdict === undefined) return { finding: "exploit", patch: null, says: `${attacks}.`, evidence: [] };
  const outcome = outcomeOf(verdict, weakness);
  return {
    finding: "exploit",
    patch: outcome,
    says: `${attacks}; with the proposed patch: ${outcome ?? "not known"} (${verdict.message})`,
    evidence: verdict.rungs.flatMap(({ evidence }) => evidence).slice(0, 20),
  };
}

const unverified = (says: string): Verification => ({
  finding: "unverified",
  patch: null,
  says,
  evidence: [],
});

/** Other weaknesses of the same application may stay open. */
function outcomeOf(verdict: Verdict, weakness: Weakness): Verification["patch"] {
  if (verdict.outcome === "infra-error") return null;
  if (verdict.outcome === "syntax-error") return "broken";
  return verdict.outcome === "exploitable" && verdict.blocked.includes(weakness.id)
    ? "blocked"
    : verdict.outcome;
}

function inside(finding: ScanFinding, prefix: string): Parameters<typeof explains>[1] {
  const cut = (file: string): string => (file.startsWith(prefix) ? file.slice(prefix.length) : file);
  const trace = (finding.trace ?? []).map((step) => ({ ...step, file: cut(step.file) }));
  return { cwe: familyOf(finding.cwe), file: cut(finding.file), line: finding.line, trace };
}

/** Undefined when it touches files outside the application. */
function patchInside(patch: Patch, prefix: string): Patch | undefined {
  const entries = Object.entries(patch);
  if (!entries.every(([path]) => path.startsWith(prefix))) return undefined;
  return Object.fromEntries(entries.map(([path, edits]) => [path.slice(prefix.length), edits]));
}
