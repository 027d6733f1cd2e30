/** The scenarios that commands speak of: the hand-written folders, and families that make one per seed. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Scenario } from "../core/scenario.ts";
import { ALL_FAMILIES, firstOf, type AnyFamily } from "../data/families.ts";
import { loadScenario, loadScenarios } from "../data/index.ts";
import { projectRoot } from "../util/root.ts";
import { didYouMean } from "./suggest.ts";

export function handWritten(): Promise<Scenario[]> {
  return loadScenarios(join(projectRoot(), "scenarios"));
}

/** Published vulnerabilities. Throws PrerequisiteError when their packages are not installed. */
export function published(): Promise<Scenario[]> {
  return loadScenarios(join(projectRoot(), "cves"));
}

/** The first scenarios of each family, family by family. */
export function generated(families: readonly AnyFamily[], seedsPerFamily: number): Scenario[] {
  return families.flatMap(({ id }) => firstOf(id, seedsPerFamily));
}

/** What counts as one: a scenario, or the first scenarios of a family. */
export interface ScenarioGroup {
  readonly id: string;
  readonly scenarios: readonly Scenario[];
}

/** Whether `name` is that of a hand-written scenario or a family, rather than a path. */
export const isShipped = (name: string): boolean =>
  !name.includes("/") &&
  (existsSync(join(projectRoot(), "scenarios", name)) || ALL_FAMILIES.some(({ id }) => id === name));

/** Everything, or what `name` means. Throws InputError when it means nothing. */
export async function scenarioGroups(
  name: string | undefined,
  seedsPerFamily: number,
): Promise<ScenarioGroup[]> {
  const single = (scenarios: readonly Scenario[]): ScenarioGroup[] =>
    scenarios.map((scenario) => ({ id: scenario.id, scenarios: [scenario] }));
  const family = (one: AnyFamily): ScenarioGroup => ({
    id: one.id,
    scenarios: generated([one], seedsPerFamily),
  });
  if (name === undefined) return [...single(await handWritten()), ...ALL_FAMILIES.map(family)];
  const named = ALL_FAMILIES.find(({ id }) => id === name);
  return named === undefined ? single(await namedScenarios(name, 1)) : [family(named)];
}

/**
 * What `name` means: the folder of a scenario (a path), a hand-written scenario, a published vulnerability, or a family with its first seeds.
 * Throws InputError when it means nothing.
 */
export async function namedScenarios(name: string, seedsPerFamily: number): Promise<Scenario[]> {
  const isFolder = existsSync(name) && statSync(name).isDirectory();
  if (name.includes("/") || isFolder) return [await loadScenario(name)];
  for (const body of ["scenarios", "cves"]) {
    const shipped = join(projectRoot(), body, name);
    if (existsSync(join(shipped, "scenario.json"))) return [await loadScenario(shipped)];
  }
  const family = ALL_FAMILIES.find(({ id }) => id === name);
  if (family !== undefined) return generated([family], seedsPerFamily);
  const known = [...(await handWritten()), ...ALL_FAMILIES].map(({ id }) => id);
  throw new InputError(`no scenario, family or folder ${JSON.stringify(name)}${didYouMean(name, known)}`, {
    hint: "see: ironbark env list",
  });
}
