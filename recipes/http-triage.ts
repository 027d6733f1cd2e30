/**
 * HTTP triage in three phases, after JanusLM: a small decoder learns to analyse pairs of request and response and to
 * judge them, learns by reflecting on what it got wrong, and gets a classification head on its hidden states. Judged
 * on sites whose templates nobody has seen.
 */
import { join } from "node:path";
import type { HttpCategory } from "../src/core/index.ts";
import { defineRecipe } from "../src/runs/recipe.ts";
import { writeReport } from "../src/runs/report.ts";
import { triageFacts } from "./http/card.ts";
import { openLanguage, openPairs, storedFailures, toExamples } from "./http/data.ts";
import { trainHeads } from "./http/heads.ts";
import { judgeTriage } from "./http/judge.ts";
import { playReflection } from "./http/reflection.ts";
import { TriageSchema } from "./http/settings.ts";
import { trainAdapter, trainBase, type TriageWorkshop } from "./http/stages.ts";

export const recipe = defineRecipe({
  name: "http-triage",
  description: "Is this finding real? Fine-tuning, self-reflection and a classification head on HTTP pairs",
  schema: TriageSchema,
  async run(config, context) {
    const { run, emit } = context;
    const started = performance.now();
    emit({ kind: "stage-start", stage: "data", total: 1 });
    const made = await openPairs(config, join(run.dir, "dataset"));
    const pairs = {
      ...made,
      practice: [...made.practice, ...storedFailures(config.reflect.failureSet, emit)],
    };
    const tokenizer = join(run.dir, "tokenizer");
    const language = await openLanguage(pairs.train, config.model.vocabulary, tokenizer);
    const examples = toExamples(pairs, language);
    emit({ kind: "stage-end", stage: "data", seconds: (performance.now() - started) / 1000 });

    const workshop: TriageWorkshop = { config, context, language, tokenizer, examples, offset: 0 };
    const base = await trainBase(workshop);
    const adapted: Partial<Record<HttpCategory, string>> = {};
    for (const category of config.categories) {
      const tuned = await trainAdapter(workshop, base, category);
      adapted[category] = await playReflection(workshop, tuned, category);
    }
    const checkpoint = await trainHeads(workshop, base, adapted);
    const { metrics, table, passed } = await judgeTriage(workshop, checkpoint);
    emit({ kind: "note", text: table });
    writeReport(run, {
      title: "HTTP triage: fine-tuning, reflection and a classification head",
      notes: [
        "Measured on pairs of templates that were in no part of training. Intervals are 95 %.",
        "Reflection is compared with as many steps of plain fine-tuning on the same failures.",
      ],
      curves: [],
      texts: [{ title: "Results", text: table }],
      traces: [],
    });
    return {
      status: passed ? "done" : "failed",
      metrics: { ...metrics, pairs: pairs.train.length, held_out_pairs: pairs.test.length, checkpoint },
      model: triageFacts(checkpoint, join(run.dir, "dataset"), pairs.train.length, metrics),
    };
  },
});
