/** The pairs of the recipe http-triage: by construction, no template on two sides, and what they are in tokens. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type EventSink, type HttpCategory, type HttpPair } from "../../src/core/index.ts";
import {
  generatePairs,
  parseRequest,
  parseResponse,
  readRows,
  renderPair,
  writeRows,
  type Split,
} from "../../src/data/http/index.ts";
import { openFailureSet } from "../../src/envs/http/failures.ts";
import { toExample, type TriageExample } from "../../src/envs/http/examples.ts";
import {
  triageLanguage,
  TRIAGE_MARKS,
  TRIAGE_TOKENS,
  type TriageLanguage,
} from "../../src/envs/http/language.ts";
import { trainTokenizer } from "../../src/model/tokenizer-train.ts";
import { Tokenizer } from "../../src/model/tokenizer.ts";
import { writeFileAtomic } from "../../src/runs/files.ts";
import { hash32 } from "../../src/util/rng.ts";
import { judgeHttp } from "../../src/verify/http/index.ts";
import type { TriageSettings } from "./settings.ts";

export const PARTS = ["train", "practice", "validation", "heldOut", "test"] as const;
export type Part = (typeof PARTS)[number];
export type TriagePairs = Readonly<Record<Part, readonly HttpPair[]>>;

/** Pairs behind one another in a stream are different, so parts of one split are cut from one stream. */
export function makePairs({
  seed,
  categories,
  data,
}: Pick<TriageSettings, "seed" | "categories" | "data">): TriagePairs {
  const stream = (split: Split, count: number): HttpPair[] => [
    ...generatePairs({ seed, count, categories, splits: [split], judge: judgeHttp }),
  ];
  const even = (count: number): number => 2 * Math.ceil(count / 2);
  const [train, validation] = [even(data.train), even(data.validation)];
  const practised = stream("train", train + data.practice);
  const dev = stream("dev", validation + data.heldOut);
  return {
    train: practised.slice(0, train),
    practice: practised.slice(train),
    validation: dev.slice(0, validation),
    heldOut: dev.slice(validation),
    test: stream("test", data.test),
  };
}

/** From `folder`, where a run that is taken up again finds them, or made anew. */
export async function openPairs(config: TriageSettings, folder: string): Promise<TriagePairs> {
  const file = (part: Part): string => join(folder, `${part}.jsonl`);
  if (!PARTS.every((part) => existsSync(file(part)))) {
    const made = makePairs(config);
    await mkdir(folder, { recursive: true });
    for (const part of PARTS) writeFileAtomic(file(part), writeRows(made[part]));
  }
  return Object.fromEntries(
    PARTS.map((part) => [part, readRows(readFileSync(file(part), "utf8"), file(part)).pairs]),
  ) as unknown as TriagePairs;
}

/** Pairs from which the tokenizer is learnt, at most. */
const CORPUS = 4_000;

/** A tokenizer learnt from training pairs alone, in `folder`. */
export async function openLanguage(
  pairs: readonly HttpPair[],
  vocabulary: number,
  folder: string,
): Promise<TriageLanguage> {
  const path = join(folder, "tokenizer.json");
  if (!existsSync(path)) {
    const texts = pairs.slice(0, CORPUS).flatMap(({ id, request, response, category, analysis }) => {
      const shown = renderPair(
        parseRequest(request, id).message,
        parseResponse(response, id).message,
        category,
      );
      return [shown.request, shown.response, analysis];
    });
    await mkdir(folder, { recursive: true });
    const config = {
      tokenizer_class: "PreTrainedTokenizerFast",
      clean_up_tokenization_spaces: false,
      eos_token: TRIAGE_MARKS.end,
      pad_token: TRIAGE_MARKS.pad,
    };
    writeFileAtomic(join(folder, "tokenizer_config.json"), `${JSON.stringify(config)}\n`);
    writeFileAtomic(path, JSON.stringify(trainTokenizer(texts, vocabulary, TRIAGE_TOKENS)));
  }
  return triageLanguage(await Tokenizer.load(folder));
}

export type TriageExamples = Readonly<Record<Part, readonly TriageExample[]>>;

export function toExamples(pairs: TriagePairs, language: TriageLanguage): TriageExamples {
  return Object.fromEntries(
    PARTS.map((part) => [part, pairs[part].map((pair) => toExample(pair, language))]),
  ) as unknown as TriageExamples;
}

/** Pairs of a stored failure set, of training templates alone: others are what the model is judged on. */
export function storedFailures(path: string, emit: EventSink): HttpPair[] {
  if (path === "") return [];
  if (!existsSync(path)) throw new InputError(`reflect.failureSet: there is no file ${path}`);
  const set = openFailureSet(path);
  const all = set.all().map(({ pair }) => pair);
  set.close();
  const usable = all.filter(({ provenance }) => provenance?.split === "train");
  if (usable.length < all.length)
    emit({
      kind: "note",
      text: `${path}: ${all.length - usable.length} failures are not of training templates; they are left out`,
    });
  return usable;
}

/** New pairs of training templates for a step of continuous practice: a function of seed, category and step. */
export const freshPairs = (seed: number, category: HttpCategory, step: number, count: number): HttpPair[] => [
  ...generatePairs({
    seed: hash32(`fresh/${seed}/${category}/${step}`),
    count,
    categories: [category],
    splits: ["train"],
    judge: judgeHttp,
  }),
];

export const ofCategory = (examples: readonly TriageExample[], category: HttpCategory): TriageExample[] =>
  examples.filter(({ pair }) => pair.category === category);
