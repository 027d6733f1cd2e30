/** Reasoning for the reward model's cold start: what a sampler says about labelled functions, where it comes to the label. */
import type { Completion, EventSink, Sampler, SamplingOptions } from "../../core/index.ts";
import { askAll } from "../../eval/detect/ask.ts";
import { fillTemplate } from "../../eval/detect/prompts.ts";
import { hasForm, saidVerdict, verdictText } from "../../rewards/detect.ts";
import type { KeyedLog } from "../../runs/keyed-log.ts";
import type { DetectionTask } from "./detection-episode.ts";

/** A question and an answer to learn. */
export interface ReasonedRow extends DetectionTask {
  /** `<think>...</think><answer>...</answer>`. */
  readonly answer: string;
}

export interface ReasoningCounts {
  /** Answers that were asked for. */
  readonly asked: number;
  /** Rows with at least one answer that was kept. */
  readonly rows: number;
  readonly kept: number;
  readonly wrong: number;
  /** No verdict, or both. */
  readonly unclear: number;
  /** The right verdict in another form, or an answer that repeats a kept one. */
  readonly dropped: number;
  /** Rows of which a sampler gave no answer at all. */
  readonly unanswered: number;
}

export interface ReasoningOptions {
  readonly sampler: Sampler;
  readonly template: string;
  readonly describe?: (cwe: string) => string;
  readonly sampling: SamplingOptions;
  /** Answers asked for each row. */
  readonly samples: number;
  /** Kept of a row at most. */
  readonly keep: number;
  readonly seed: number;
  /** What an earlier run was told. */
  readonly completions: KeyedLog<Completion>;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

/** Rows in their order, each as often as answers of it were kept. */
export async function reasonBySampler<Row extends DetectionTask>(
  rows: readonly Row[],
  options: ReasoningOptions,
): Promise<{ reasoned: (Row & ReasonedRow)[]; counts: ReasoningCounts }> {
  const { sampler, template, describe = (cwe: string) => cwe, keep, ...asking } = options;
  const questions = rows.map((row) => ({ id: row.id, prompt: fillTemplate(template, row, describe) }));
  const said = await askAll(sampler, questions, asking);
  const answersOf = new Map(said.map(({ id, answers }) => [id, answers]));
  const counts = { asked: 0, rows: 0, kept: 0, wrong: 0, unclear: 0, dropped: 0, unanswered: 0 };
  const reasoned = rows.flatMap((row) => {
    const answers = answersOf.get(row.id);
    if (answers === undefined) counts.unanswered++;
    const kept = new Set<string>();
    for (const text of answers ?? []) {
      counts.asked++;
      const verdict = saidVerdict(text);
      if (verdict === null) counts.unclear++;
      else if (verdict !== row.is_vulnerable) counts.wrong++;
      else if (!hasForm(text) || kept.size >= keep || kept.has(canonical(text))) counts.dropped++;
      else kept.add(canonical(text));
    }
    counts.kept += kept.size;
    if (kept.size > 0) counts.rows++;
    return [...kept].map((answer) => ({ ...row, answer }));
  });
  return { reasoned, counts };
}

/** The answer without white space between its parts, so that one form is learnt. */
function canonical(text: string): string {
  const [, reasoning] = /<think>([^]*?)<\/think>/.exec(text)!;
  return verdictText(reasoning!.trim(), saidVerdict(text)!);
}
