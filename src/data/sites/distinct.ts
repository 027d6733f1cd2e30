/** Sets of sites in which no two are the same program with other names. */
import type { Files, Scenario } from "../../core/index.ts";
import { contentHash } from "../../util/hash.ts";
import type { Rng } from "../../util/rng.ts";
import { SITE_FAMILIES } from "./families.ts";
import { generateSite, generateSources, type SiteOptions } from "./generate.ts";

const COMMENTS = /"""[\s\S]*?"""|\/\*\*[\s\S]*?\*\/|^\s*(?:#|\/\/).*$/gm;
const TOKEN = /[A-Za-z_]\w*|\d+|\S/g;

/**
 * What is left of sources without comments, white space, names and numbers: each word is the place of its first
 * occurrence, each number a zero. Two applications that differ in nothing but what they are called have the same form.
 */
export function normalForm(files: Files): string {
  const places = new Map<string, number>();
  const code = Object.values(files)
    .map((text) => text.replace(COMMENTS, ""))
    .join("\n\f\n");
  const form = (code.match(TOKEN) ?? []).map((token) => {
    if (/^\d/.test(token)) return "0";
    if (!/^[A-Za-z_]/.test(token)) return token;
    if (!places.has(token)) places.set(token, places.size);
    return places.get(token)!;
  });
  return contentHash(form);
}

/** How many seeds in a row may give nothing new before a family counts as used up. */
const MISSES = 50;

/**
 * `count` sites, the families in turn, each with its next seed that gives a form not seen before. Throws RangeError for
 * an unknown family, and when one has nothing new left.
 */
export function distinctSites(
  families: readonly string[],
  count: number,
  { firstSeed = 0, ...options }: SiteOptions & { readonly firstSeed?: number } = {},
): Scenario[] {
  const seen = new Set<string>();
  const next = families.map(() => firstSeed);
  return Array.from({ length: count }, (_, i) => {
    const at = i % families.length;
    for (let miss = 0; miss < MISSES; miss++) {
      const seed = next[at]!++;
      const form = normalForm(generateSources(families[at]!, seed, options));
      if (seen.has(form)) continue;
      seen.add(form);
      return generateSite(families[at]!, seed, options);
    }
    throw new RangeError(`${families[at]}: ${MISSES} seeds in a row give nothing new`);
  });
}

/** Seeds below are for training, seeds from here on for evaluation: no site can be in both. */
export const HELD_OUT_SEED = 0x40000000;

/** What to train on: any training family, never a held-out one, and a seed for it. */
export function drawTrainingSite(rng: Rng): { readonly family: string; readonly seed: number } {
  const families = SITE_FAMILIES.filter(({ split }) => split === "train");
  return { family: rng.pick(families).id, seed: rng.int(HELD_OUT_SEED) };
}
