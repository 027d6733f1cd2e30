/** A trained triage model in a folder: one decoder, an adapter and heads for each category; it scores, and it writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { HTTP_CATEGORIES, InputError, type HttpCategory, type HttpPair } from "../../core/index.ts";
import { NO_ANALYSIS } from "../../data/http/index.ts";
import { openDualEngine, type DualEngine } from "../../model/dual/engine.ts";
import { Tokenizer } from "../../model/tokenizer.ts";
import { writeFileAtomic } from "../../runs/files.ts";
import { sha256 } from "../../util/hash.ts";
import { attempt, LENGTH_MODULE, type Attempt, type AttemptOptions } from "./attempt.ts";
import { toExample } from "./examples.ts";
import { triageLanguage, type TriageLanguage } from "./language.ts";

const FILE = "triage.json";

/** Folders inside the model's; a category may lack an adapter or a head. */
const PartsSchema = z.strictObject({
  adapter: z.string().optional(),
  head: z.string().optional(),
  /** Trained on states behind the words of the policy. */
  engineered_head: z.string().optional(),
});
const FileSchema = z.strictObject({
  kind: z.literal("ironbark-http-triage"),
  categories: z.partialRecord(z.enum(HTTP_CATEGORIES), PartsSchema),
});
export type TriageParts = z.output<typeof PartsSchema>;
export type TriageCategories = z.output<typeof FileSchema>["categories"];

export function writeTriageFile(folder: string, categories: TriageCategories): void {
  const file = { kind: "ironbark-http-triage", categories };
  writeFileAtomic(join(folder, FILE), `${JSON.stringify(file, null, 2)}\n`);
}

/** Throws InputError for a folder that holds no triage model. */
export function readTriageFile(folder: string): TriageCategories {
  const path = join(folder, FILE);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InputError(`${path}: cannot be read; a model of "ironbark run http-triage" was expected`, {
      cause,
    });
  }
  const parsed = FileSchema.safeParse(json);
  if (parsed.success) return parsed.data.categories;
  const issue = parsed.error.issues[0]!;
  throw new InputError(`${path}: ${issue.path.join(".") || "top level"}: ${issue.message}`);
}

export interface HeadVerdict {
  readonly probability: number;
  /** The probability reaches the head's threshold. */
  readonly vulnerable: boolean;
}

export interface TriageModel {
  readonly categories: TriageCategories;
  readonly language: TriageLanguage;
  /** Changes with the folder's weights. */
  readonly fingerprint: string;
  readonly engine: DualEngine;
  /** What the model reads of a pair. Throws InputError for messages that are none. */
  question(pair: HttpPair, engineered: boolean): readonly number[];
  /** By the classification head, one forward pass. Throws InputError where the category has none. */
  classify(pairs: readonly HttpPair[], category: HttpCategory, engineered?: boolean): Promise<HeadVerdict[]>;
  /** By the language head, with the category's adapter or (`adapted` false) the base alone. */
  write(
    pairs: readonly HttpPair[],
    category: HttpCategory,
    options: AttemptOptions & { readonly engineered: boolean; readonly adapted: boolean },
  ): Promise<Attempt[][]>;
  close(): Promise<void>;
}

const engineeredName = (category: HttpCategory): string => `${category} engineered`;

/** Folders in place of the model's own, by category: what a sweep has trained. */
export interface Overrides {
  readonly adapters?: Readonly<Partial<Record<HttpCategory, string>>>;
  readonly heads?: Readonly<Partial<Record<HttpCategory, string>>>;
}

/** One core per thread. Throws InputError that names the file and what was expected. */
export async function openTriageModel(
  folder: string,
  threads: number,
  overrides: Overrides = {},
): Promise<TriageModel> {
  const categories = readTriageFile(folder);
  const parts = Object.entries(categories) as [HttpCategory, TriageParts][];
  const named = (of: (category: HttpCategory, parts: TriageParts) => [string, string | undefined][]) =>
    Object.fromEntries(
      parts
        .flatMap(([category, own]) => of(category, own))
        .flatMap(([name, path]) => (path === undefined ? [] : [[name, join(folder, path)]])),
    ) as Record<string, string>;
  const adapters = { ...named((category, { adapter }) => [[category, adapter]]), ...overrides.adapters };
  const heads = {
    ...named((category, own) => [
      [category, own.head],
      [engineeredName(category), own.engineered_head],
    ]),
    ...overrides.heads,
  };
  const language = triageLanguage(await Tokenizer.load(folder));
  const engine = await openDualEngine(
    { checkpoint: folder, adapters, heads, constraintModule: LENGTH_MODULE },
    threads,
  );
  const question = (pair: HttpPair, engineered: boolean): readonly number[] => {
    const example = toExample(pair, language);
    return engineered ? example.engineered : example.question;
  };
  const adapterOf = (category: HttpCategory): string | undefined =>
    adapters[category] === undefined ? undefined : category;
  return {
    categories,
    language,
    fingerprint: fingerprintOf(folder, [...Object.values(adapters), ...Object.values(heads)]),
    engine,
    question,
    async classify(pairs, category, engineered = false) {
      const head = engineered ? engineeredName(category) : category;
      const threshold = engine.thresholds[head];
      if (threshold === undefined)
        throw new InputError(
          `${join(folder, FILE)}: categories.${category}: expected ${engineered ? "an engineered_head" : "a head"}`,
        );
      const behind = language.bounds(NO_ANALYSIS);
      const sequences = pairs.map((pair) => [...question(pair, engineered), ...behind]);
      const found = await engine.probabilities(sequences, head, adapterOf(category));
      return found.map((probability) => ({ probability, vulnerable: probability >= threshold }));
    },
    write: (pairs, category, { engineered, adapted, ...options }) =>
      attempt(
        engine.sampler(adapted ? adapterOf(category) : undefined),
        language,
        pairs.map((pair) => question(pair, engineered)),
        options,
      ),
    close: () => engine.close(),
  };
}

/** Of the files themselves: these models are small. */
function fingerprintOf(folder: string, parts: readonly string[]): string {
  const files = [
    join(folder, "model.safetensors"),
    join(folder, "tokenizer.json"),
    ...parts.flatMap((part) =>
      ["adapter_model.safetensors", "head.safetensors"].map((name) => join(part, name)),
    ),
  ];
  return sha256(
    files
      .map((file) => {
        try {
          return sha256(readFileSync(file));
        } catch {
          // An adapter's folder has no head's file and the other way round.
          return "";
        }
      })
      .join(" "),
  );
}
