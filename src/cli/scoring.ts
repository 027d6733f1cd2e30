/** What commands that grade programs share: the grader with its sandbox and its analyzers, and the scorer over it. */
import type { ArgsDef } from "citty";
import type { Judge } from "../envs/alignment/index.ts";
import type { ProgramPool } from "../sandbox/index.ts";
import type { Scorer } from "../serve/index.ts";
import type { ProgramGrader } from "../verify/programs/index.ts";
import { ANALYZERS_ARG, openAnalyzers } from "./analyzers.ts";
import { readNamed } from "./files.ts";
import { wholeNumber } from "./flags.ts";

/** Of a judge's answer: reasoning and a verdict. */
const JUDGE_TOKENS = 2048;

export const GRADING_ARGS = {
  workers: { type: "string", description: "Programs at once (default: twice the cores)", valueHint: "N" },
  ...ANALYZERS_ARG,
} as const;

/** For the preset `align`. */
export const JUDGE_ARGS = {
  judge: {
    type: "string" as const,
    description: "Who judges code for align: replicas of one model (docs/codegen.md)",
    valueHint: "FILE",
  },
  "judge-template": {
    type: "enum" as const,
    options: ["code", "blind", "cwe"] as ("code" | "blind" | "cwe")[],
    default: "blind",
    description: "How the judge is asked: the code alone, or a template of `eval detect`",
  },
} satisfies ArgsDef;

/** As typed. */
export interface JudgeArgs {
  readonly judge?: string | undefined;
  readonly "judge-template"?: "code" | "blind" | "cwe" | undefined;
}

/** As typed. */
export interface GradingArgs {
  readonly workers?: string | undefined;
  readonly analyzers: string;
}

export interface OpenGrader {
  readonly grader: ProgramGrader;
  readonly pool: ProgramPool;
  close(): Promise<void>;
}

export interface OpenScorer {
  readonly scorer: Scorer;
  readonly pool: ProgramPool;
  close(): Promise<void>;
}

export async function openGrader(typed: GradingArgs): Promise<OpenGrader> {
  const workers = typed.workers === undefined ? {} : { workers: wholeNumber("workers", typed.workers, 1) };
  const { createProgramPool } = await import("../sandbox/index.ts");
  const { createProgramGrader } = await import("../verify/programs/index.ts");
  const analyzer = await openAnalyzers(typed.analyzers);
  const pool = createProgramPool(workers);
  return {
    grader: createProgramGrader({ pool, analyzer }),
    pool,
    close: async () => {
      await Promise.all([pool.close(), analyzer.close()]);
    },
  };
}

/** Throws InputError and PrerequisiteError for what the file of samplers names. */
async function openJudge(typed: JudgeArgs): Promise<Judge | undefined> {
  const { judge: file, "judge-template": template = "blind" } = typed;
  if (file === undefined) return undefined;
  const { checkSampler, openSampler, parseSamplers } = await import("../model/samplers/index.ts");
  const { createJudge } = await import("../envs/alignment/index.ts");
  const { TEMPLATES } = await import("../eval/detect/prompts.ts");
  const entries = parseSamplers(readNamed(file, `--judge ${file}`).toString("utf8"), file);
  for (const entry of entries) checkSampler(entry, file);
  return createJudge({
    samplers: await Promise.all(entries.map((entry) => openSampler(entry, file))),
    template: template === "code" ? "{code}" : TEMPLATES[template].text,
    sampling: { temperature: 0, topP: 1, maxTokens: JUDGE_TOKENS },
  });
}

export async function openScorer(typed: GradingArgs & JudgeArgs): Promise<OpenScorer> {
  const { createScorer } = await import("../serve/index.ts");
  const judge = await openJudge(typed);
  const { grader, pool, close } = await openGrader(typed);
  const scorer = createScorer({ grader, judge });
  return {
    scorer,
    pool,
    close: async () => {
      await scorer.close();
      await Promise.all([judge?.close(), close()]);
    },
  };
}
