/** The scenarios that commands speak of: the hand-written folders, and families that make one per seed. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Scenario } from "../core/scenario.ts";
import { loadScenario, loadScenarios } from "../data/index.ts";
import { FAMILIES, generateScenario, type Family } from "../data/webapps/index.ts";
import type { ScenarioSource } from "../envs/patch/index.ts";
import { projectRoot } from "../util/root.ts";
import { didYouMean } from "./suggest.ts";

export const SCENARIO_SETS = ["hand-written", "train", "compositional", "novel"] as const;
export type ScenarioSet = (typeof SCENARIO_SETS)[number];

export function handWritten(): Promise<Scenario[]> {
  return loadScenarios(join(projectRoot(), "scenarios"));
}

/** Seeds 0 to n-1 of each family, family by family. */
export function generated(families: readonly Family[], seedsPerFamily: number): Scenario[] {
  return families.flatMap(({ id }) =>
    Array.from({ length: seedsPerFamily }, (_, seed) => generateScenario(id, seed)),
  );
}

/**
 * What `name` means: the folder of a scenario (a path), a hand-written scenario, or a family with its first seeds.
 * Throws InputError when it means nothing.
 */
export async function namedScenarios(name: string, seedsPerFamily: number): Promise<Scenario[]> {
  const isFolder = existsSync(name) && statSync(name).isDirectory();
  if (name.includes("/") || isFolder) return [await loadScenario(name)];
  const shipped = join(projectRoot(), "scenarios", name);
  if (existsSync(shipped)) return [await loadScenario(shipped)];
  const family = FAMILIES.find(({ id }) => id === name);
  if (family !== undefined) return generated([family], seedsPerFamily);
  const known = [...(await handWritten()), ...FAMILIES].map(({ id }) => id);
  throw new InputError(`no scenario, family or folder ${JSON.stringify(name)}${didYouMean(name, known)}`, {
    hint: "see: ironbark env list",
  });
}

/** Made when first asked for, the last ones kept: a source may be larger than memory. */
const KEPT = 512;

/** `seedsPerFamily` scenarios of each family, interleaved so that neighbours differ in kind. */
export function generatedSource(families: readonly Family[], seedsPerFamily: number): ScenarioSource {
  const kept = new Map<number, Scenario>();
  const get = (index: number): Scenario => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const family = families[index % families.length]!;
    const scenario = generateScenario(family.id, Math.floor(index / families.length));
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    kept.set(index, scenario);
    return scenario;
  };
  return {
    size: families.length * seedsPerFamily,
    get,
    byId: (id) => {
      const [family, seed] = [id.split(".")[0], Number(id.split(".").at(-1))];
      const at = families.findIndex((one) => one.id === family);
      if (at < 0 || !Number.isInteger(seed) || seed < 0 || seed >= seedsPerFamily) return undefined;
      const scenario = get(seed * families.length + at);
      return scenario.id === id ? scenario : undefined;
    },
  };
}
