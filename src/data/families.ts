/** Every family of applications, of both generators. */
import type { Scenario, ScenarioType } from "../core/index.ts";
import { distinctSites, generateSite, SITE_FAMILIES, type SiteSplit } from "./sites/index.ts";
import { FAMILIES, generateScenario, type FamilySplit, type GenerateOptions } from "./webapps/index.ts";

export interface AnyFamily {
  readonly id: string;
  readonly type: ScenarioType;
  readonly split: FamilySplit | SiteSplit;
}

/** Those of `webapps` (Flask, three weaknesses) first, then those of `sites`. */
export const ALL_FAMILIES: readonly AnyFamily[] = [...FAMILIES, ...SITE_FAMILIES];

const isSite = (id: string): boolean => SITE_FAMILIES.some((family) => family.id === id);

/** The scenario of a family and a seed. Throws RangeError for an unknown family. */
export function generateFrom(family: string, seed: number, options: GenerateOptions = {}): Scenario {
  return isSite(family) ? generateSite(family, seed, options) : generateScenario(family, seed, options);
}

/** The first `count` scenarios of a family; of a site's no two are the same program with other names. */
export function firstOf(family: string, count: number): Scenario[] {
  if (isSite(family)) return distinctSites([family], count);
  return Array.from({ length: count }, (_, seed) => generateScenario(family, seed));
}
