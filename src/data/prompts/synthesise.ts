/** From vulnerable code to prompts for alignment: scenarios, a diverse choice of them, instructions, completions. */
import { SILENT, type EventSink } from "../../core/index.ts";
import { sha256 } from "../../util/hash.ts";
import { hash32 } from "../../util/rng.ts";
import type { DetectionRow } from "../detection/index.ts";
import { isAnswer, type Answer, type Call, type Calls } from "./calls.ts";
import { cosine, hashedVectors, pickDiverse, type Vector } from "./cluster.ts";
import { completionCode, instructionProblem, type Reason } from "./filters.ts";
import {
  completionPrompt,
  instructionPrompt,
  readInstruction,
  readScenarios,
  scenarioPrompt,
} from "./wording.ts";

export interface PromptRow {
  readonly id: string;
  /** What a policy is asked. */
  readonly prompt: string;
  readonly language: string;
  readonly cwe: readonly string[];
  /** Code that a model wrote for it: what lengths and CodeBLEU of the reward `align` are measured against. */
  readonly reference: string;
  readonly scenario: string;
  /** Id of the vulnerable function that it began with. */
  readonly origin: string;
}

export interface SynthesisOptions {
  /** Writes scenarios and instructions. */
  readonly author: Calls;
  /** Writes the reference code; may be the author. */
  readonly completer: Calls;
  readonly scenariosPerRow: number;
  /** Scenarios that are kept of each language and weakness. */
  readonly clusters: number;
  /** Instructions of which the vectors are at least so alike are duplicates. */
  readonly similarity: number;
  readonly seed: number;
  /** How a weakness is described to the author. */
  readonly describe: (cwe: string) => string;
  /** Vectors of unit length; default: our own, without a model. */
  readonly embed?: (texts: readonly string[]) => Promise<readonly Vector[]>;
  readonly emit?: EventSink;
}

export interface SynthesisReport {
  readonly functions: number;
  /** Functions that name no weakness or are not vulnerable; they cannot begin anything. */
  readonly functions_left_out: number;
  readonly scenarios: number;
  readonly scenarios_kept: number;
  readonly instructions: number;
  readonly rows: number;
  readonly left_out: Readonly<Record<Reason, number>>;
  /** Calls without an answer, by why. */
  readonly unanswered: Readonly<Record<"ceiling" | "failed" | "refused", number>>;
}

interface Scenario {
  readonly text: string;
  readonly row: DetectionRow;
}

export async function synthesise(
  rows: readonly DetectionRow[],
  options: SynthesisOptions,
): Promise<{ rows: PromptRow[]; report: SynthesisReport }> {
  const { author, completer, scenariosPerRow, clusters, similarity, seed, describe, emit = SILENT } = options;
  const embed = options.embed ?? ((texts: readonly string[]) => Promise.resolve(hashedVectors(texts)));
  const usable = rows.filter((row) => row.is_vulnerable && row.cwe.length > 0);
  const left: Record<Reason, number> = {
    no_instruction: 0,
    hint: 0,
    not_implementable: 0,
    duplicate: 0,
    wrong_language: 0,
    no_code: 0,
    cut: 0,
  };
  const unanswered = { ceiling: 0, failed: 0, refused: 0 };
  const text = (answer: Answer): string => {
    if (isAnswer(answer)) return answer.text;
    unanswered[answer]++;
    return "";
  };
  const call = (prompt: string): Call => ({ prompt, seed: hash32(`${seed}/${prompt}`) >>> 1 });

  const told = await author.all(
    "scenarios",
    usable.map(({ code, language }) => call(scenarioPrompt(code, language, scenariosPerRow))),
  );
  const scenarios = told.flatMap((answer, index): Scenario[] =>
    readScenarios(text(answer))
      .slice(0, scenariosPerRow)
      .map((one) => ({ text: one, row: usable[index]! })),
  );
  const kept = await diverse(scenarios, clusters, seed, embed);
  emit({ kind: "note", text: `${kept.length} of ${scenarios.length} scenarios kept` });

  const asked = await author.all(
    "instructions",
    kept.map(({ text: one, row }) =>
      call(instructionPrompt(one, row.language, row.cwe.map(describe).join("; "))),
    ),
  );
  const found = asked.flatMap((answer, index) => {
    const said = text(answer);
    if (!isAnswer(answer)) return [];
    const instruction = readInstruction(said);
    const problem = instructionProblem(instruction, kept[index]!.row.language);
    if (problem !== undefined) {
      left[problem]++;
      return [];
    }
    return [{ instruction: instruction!, scenario: kept[index]! }];
  });
  const unlike = await withoutDuplicates(found, similarity, embed);
  left.duplicate += found.length - unlike.length;

  const prompts = unlike.map(({ instruction, scenario }) =>
    completionPrompt(instruction, scenario.row.language),
  );
  const written = await completer.all("completions", prompts.map(call));
  const out = written.flatMap((answer, index): PromptRow[] => {
    const said = text(answer);
    if (!isAnswer(answer)) return [];
    const { scenario } = unlike[index]!;
    const { row } = scenario;
    const code = completionCode(said, answer.finished, row.language);
    if ("problem" in code) {
      left[code.problem]++;
      return [];
    }
    const prompt = prompts[index]!;
    const id = `prompt-${sha256(prompt).slice(0, 16)}`;
    return [
      {
        id,
        prompt,
        language: row.language,
        cwe: row.cwe,
        reference: code.code,
        scenario: scenario.text,
        origin: row.id,
      },
    ];
  });
  return {
    rows: out,
    report: {
      functions: usable.length,
      functions_left_out: rows.length - usable.length,
      scenarios: scenarios.length,
      scenarios_kept: kept.length,
      instructions: found.length,
      rows: out.length,
      left_out: left,
      unanswered,
    },
  };
}

type Embed = (texts: readonly string[]) => Promise<readonly Vector[]>;

/** Of each language and first weakness, those unlike each other. */
async function diverse(
  scenarios: readonly Scenario[],
  clusters: number,
  seed: number,
  embed: Embed,
): Promise<Scenario[]> {
  const groups = new Map<string, Scenario[]>();
  for (const one of scenarios) {
    const name = `${one.row.language} ${one.row.cwe[0]}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const out: Scenario[] = [];
  for (const [name, group] of groups) {
    const vectors = await embed(group.map(({ text }) => text));
    out.push(...pickDiverse(vectors, clusters, `prompts/${seed}/${name}`).map((index) => group[index]!));
  }
  return out;
}

/** The first of those that are alike stays; another language is another instruction. */
async function withoutDuplicates<T extends { readonly instruction: string; readonly scenario: Scenario }>(
  found: readonly T[],
  similarity: number,
  embed: Embed,
): Promise<T[]> {
  const vectors = found.length === 0 ? [] : await embed(found.map(({ instruction }) => instruction));
  const kept: number[] = [];
  found.forEach(({ scenario }, index) => {
    const same = kept.some(
      (other) =>
        found[other]!.scenario.row.language === scenario.row.language &&
        cosine(vectors[other]!, vectors[index]!) >= similarity,
    );
    if (!same) kept.push(index);
  });
  return kept.map((index) => found[index]!);
}
