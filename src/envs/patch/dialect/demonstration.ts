/** Demonstrations for supervised warm-up: an episode that names the weakness and applies a correct patch. */
import type { Patch } from "../../../core/patch.ts";
import { correctPatches, type Location, type Scenario } from "../../../core/scenario.ts";
import type { Rng } from "../../../util/rng.ts";
import { encodeIdentify, encodePatch } from "./action.ts";
import { lettersOf, type Lexicon } from "./lexicon.ts";
import { renderPage, type Page } from "./page.ts";
import { observationIds } from "./reply.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface Demonstration {
  readonly ids: readonly number[];
  /** Weight of the loss on predicting each token from those before it. */
  readonly weights: readonly number[];
  /** How many of the first tokens all demonstrations of an episode have in common. */
  readonly shared: number;
}

export interface DemonstrationOptions {
  /** Weight of the page's own tokens where they count; marks count 0. */
  readonly promptWeight: number;
  /** Share of the page's tokens that count: a sample costs less and teaches nearly as much. */
  readonly promptShare: number;
  /** Weight of the first tokens of an action's quotes, which decide where it points. */
  readonly pointWeight: number;
  /** Chance of a wrong guess before the right one, so that a policy meets the answers to mistakes. */
  readonly mistakes: number;
  /** Weight of the alternative patches together, where the reference has 1: several ways to do it are worth trying. */
  readonly alternatives: number;
  /** Alternatives of more tokens than a policy may say in one turn are not shown. */
  readonly maxActionTokens: number;
}

/**
 * One demonstration for each way to patch: they share everything before the patch, which is trained on in the first
 * only. Undefined when the scenario is too long or its reference cannot be said as one-line edits.
 */
export function demonstrate(
  vocabulary: Vocabulary,
  scenario: Scenario,
  rng: Rng,
  options: DemonstrationOptions,
): Demonstration[] | undefined {
  const page = renderPage(vocabulary, scenario.files);
  const weakness = scenario.weaknesses[0]!;
  if (page === undefined) return undefined;
  const at = locationToName(scenario);
  const identify = encodeIdentify(vocabulary, page, weakness.type, at, editedSpan(scenario, at));
  const reference = encodePatch(vocabulary, page, scenario.reference);
  if (identify === undefined || reference === undefined) return undefined;

  const ids = [...page.ids];
  const weights: number[] = page.ids.map((id) =>
    id < vocabulary.marks.app && rng.chance(options.promptShare) ? options.promptWeight : 0,
  );
  const hear = (tokens: readonly number[]): void => {
    ids.push(...tokens);
    weights.push(...tokens.map(() => 0));
  };
  if (rng.chance(options.mistakes)) {
    const wrong = rng.pick(
      page.lines.filter(
        (line) => !weakness.locations.some((l) => l.file === line.file && l.line === line.line),
      ),
    );
    const guess = encodeIdentify(vocabulary, page, weakness.type, wrong);
    if (guess !== undefined) hear([...guess, ...observationIds(vocabulary, "wrong")]);
  }
  ids.push(...identify);
  weights.push(...emphasis(vocabulary, identify, options.pointWeight));
  hear(observationIds(vocabulary, "correct"));
  const half = rng.chance(options.mistakes)
    ? encodePatch(vocabulary, page, withoutFirstEdit(scenario.reference))
    : undefined;
  if (half !== undefined) hear([...half, ...observationIds(vocabulary, "broken")]);

  const others = sayableAlternatives(vocabulary, page, scenario, options.maxActionTokens);
  return [reference, ...others].map((patch, index) => {
    const weight = index === 0 ? 1 : options.alternatives / others.length;
    const said = emphasis(vocabulary, patch, options.pointWeight).map((one) => one * weight);
    return {
      ids: [...ids, ...patch],
      weights: [...(index === 0 ? weights : weights.map(() => 0)), ...said],
      shared: ids.length,
    };
  });
}

/** Weights of an action's tokens: 1, and `pointWeight` for the first of each quote. */
function emphasis(vocabulary: Vocabulary, action: readonly number[], pointWeight: number): number[] {
  const { types, marks } = vocabulary;
  return action.map((_, t) => {
    const before = action[t - 1];
    return before !== undefined && (types.includes(before) || before === marks.patch) ? pointWeight : 1;
  });
}

function sayableAlternatives(
  vocabulary: Vocabulary,
  page: Page,
  scenario: Scenario,
  maxTokens: number,
): number[][] {
  return scenario.alternatives
    .map((alternative) => encodePatch(vocabulary, page, alternative.patch))
    .filter((ids) => ids !== undefined && ids.length <= maxTokens) as number[][];
}

/** What the reference replaces in that line: the vulnerable construct itself. */
function editedSpan(scenario: Scenario, at: Location): string | undefined {
  const change = scenario.reference[at.file];
  return Array.isArray(change) ? change.find((edit) => edit.line === at.line)?.search : undefined;
}

/** The accepted line that the reference changes, else the first accepted one. */
function locationToName(scenario: Scenario): Location {
  const { locations } = scenario.weaknesses[0]!;
  const edited = (location: Location): boolean => {
    const change = scenario.reference[location.file];
    return Array.isArray(change) && change.some((edit) => edit.line === location.line);
  };
  return locations.find(edited) ?? locations[0]!;
}

/** A multi-edit reference without its first edit: by construction it leaves the application unable to answer. */
function withoutFirstEdit(patch: Patch): Patch {
  const [[file, change], ...rest] = Object.entries(patch) as [
    [string, Patch[string]],
    ...[string, Patch[string]][],
  ];
  if (typeof change === "string") return {};
  return Object.fromEntries(change.length > 1 ? [[file, change.slice(1)], ...rest] : rest);
}

/** The words and tokens that correct patches bring in from outside the page, in at least `minCount` scenarios. */
export function collectLexicon(
  vocabulary: Vocabulary,
  scenarios: Iterable<Scenario>,
  minCount: number,
): Lexicon {
  const words = new Map<string, number>();
  const others = new Map<number, number>();
  const count = <K>(map: Map<K, number>, keys: Iterable<K>): void => {
    for (const key of new Set(keys)) map.set(key, (map.get(key) ?? 0) + 1);
  };
  for (const scenario of scenarios) {
    const page = renderPage(vocabulary, scenario.files);
    if (page === undefined) continue;
    const own = new Set(page.lines.flatMap((line) => lettersOf(line.text)));
    const said = correctPatches(scenario).flatMap((patch) => {
      const ids = encodePatch(vocabulary, page, patch);
      return ids === undefined ? [] : [{ patch, ids }];
    });
    const replacements = said.flatMap(({ patch }) =>
      Object.values(patch).flatMap((change) =>
        typeof change === "string" ? [] : change.map((edit) => edit.replace),
      ),
    );
    count(
      words,
      replacements.flatMap(lettersOf).filter((word) => !own.has(word)),
    );
    count(
      others,
      said.flatMap(({ ids }) => ids).filter((id) => vocabulary.kinds[id] === "other"),
    );
  }
  const frequent = <K>(map: Map<K, number>): K[] =>
    [...map].filter(([, n]) => n >= minCount).map(([key]) => key);
  return { words: frequent(words).sort(), others: frequent(others).sort((a, b) => a - b) };
}
