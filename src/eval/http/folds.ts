/** Folds of labelled pairs for cross-validation: pairs of one template, and twins, stay together. */
import type { HttpPair } from "../../core/index.ts";
import { makeRng } from "../../util/rng.ts";

/** What hangs together: the template; without one the twin, without that the path of the request. */
export function groupOf({ id, request, provenance }: HttpPair): string {
  if (provenance?.template !== undefined) return `template ${provenance.template}`;
  if (provenance?.twin !== undefined) return `twin ${[id, provenance.twin].sort().join(" ")}`;
  return `path ${request.split(/[\s?]/, 2).join(" ")}`;
}

/** Index of the fold, 0 to `folds` - 1, of each pair: groups are dealt largest first to the smallest fold. */
export function dealFolds(pairs: readonly HttpPair[], folds: number, seed: number): number[] {
  const groups = new Map<string, number[]>();
  pairs.forEach((pair, index) => {
    const group = groupOf(pair);
    groups.set(group, [...(groups.get(group) ?? []), index]);
  });
  const fold: number[] = pairs.map(() => 0);
  const sizes = Array.from({ length: folds }, () => 0);
  const shuffled = makeRng(`folds/${seed}`).shuffle([...groups.values()]);
  for (const indices of shuffled.toSorted((a, b) => b.length - a.length)) {
    const smallest = sizes.indexOf(Math.min(...sizes));
    sizes[smallest]! += indices.length;
    for (const index of indices) fold[index] = smallest;
  }
  return fold;
}
