/**
 * Whole GRPO steps, from prompts to new weights, with LoRA and a reward that costs nothing: 4 prompts, 8 answers of 64
 * tokens to each, beside TRL's GRPOTrainer with the same weights, prompts and settings. No answer ends early.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { groupAdvantages } from "../src/train/advantages.ts";
import type { Datum } from "../src/train/backend.ts";
import { LocalBackend } from "../src/train/local/backend.ts";
import { makeRng } from "../src/util/rng.ts";
import { mean, median } from "../src/util/stats.ts";
import { grpoLoss, RANK, RATE, trainingEngine } from "./shared/training.ts";
import { openPython, report, rounded } from "./trl/python.ts";

/** Of each side; half of them in each of two turns. */
const STEPS = 2 * Math.ceil(Number(process.env["ROUNDS"] ?? 8) / 2);
const THREADS = Number(process.env["IRONBARK_THREADS"] ?? 2);
const [PROMPTS, SAMPLES, PROMPT, NEW] = [4, 8, 64, 64];
const VOCABULARY = 8192;
const rng = makeRng(1);
const prompts = Array.from({ length: PROMPTS }, () =>
  Array.from({ length: PROMPT }, () => 1 + rng.int(VOCABULARY - 2)),
);
const backend = new LocalBackend(
  { engine: trainingEngine(VOCABULARY), constraintModule: undefined },
  THREADS,
);
const folder = mkdtempSync(join(tmpdir(), "ironbark-bench-grpo-step-"));
await backend.save(folder, { optimizer: false });

/** The share of odd ids in an answer. */
const reward = (ids: readonly number[]): number => mean(ids.map((id) => id % 2));

interface Step {
  readonly seconds: number;
  /** Of these, for drawing the answers. */
  readonly sampling: number;
}

async function step(number: number): Promise<Step> {
  const started = performance.now();
  await backend.sampler.begin(0, prompts, SAMPLES);
  const rows = Array.from({ length: PROMPTS * SAMPLES }, (_, row) => row);
  const start = rows.map((row) => ({ row, append: [], seed: 1000 * number + row }));
  const options = { temperature: 1, topP: 1, maxTokens: NEW };
  const results = await backend.sampler.advance(0, { start, drop: [] }, options, NEW);
  await backend.sampler.end(0);
  const sampling = (performance.now() - started) / 1000;
  const answers = rows.map((row) => results.find((result) => result.row === row)!);
  if (answers.some(({ ids }) => ids.length !== NEW)) throw new Error("an answer ended early");
  const groups = prompts.map((_, p) => answers.slice(p * SAMPLES, (p + 1) * SAMPLES));
  const advantages = groupAdvantages(groups.map((group) => group.map(({ ids }) => reward(ids)))).flatMap(
    (group) => group.advantages,
  );
  const batch: Datum[] = answers.map(({ ids, logprobs }, row) => {
    const before = prompts[Math.floor(row / SAMPLES)]!;
    return {
      ids: [...before, ...ids],
      weights: [...before.map(() => 0), ...ids.map(() => 1)],
      logprobs: [...before.map(() => 0), ...logprobs],
      advantage: advantages[row]!,
    };
  });
  await backend.forwardBackward(batch, grpoLoss(batch.length, NEW));
  await backend.optimStep(RATE);
  return { seconds: (performance.now() - started) / 1000, sampling };
}

const settings = {
  threads: THREADS,
  vocabulary: VOCABULARY,
  rank: RANK,
  rate: RATE,
  beta: 0,
  prompts,
  samples: SAMPLES,
  batch: PROMPTS * SAMPLES,
  new: NEW,
  steps: STEPS / 2 + 1,
};
const python = await openPython("sides.py", "grpo-step", folder, JSON.stringify(settings));
try {
  const [steps, theirs]: [Step[], number[]] = [[], []];
  await step(0); // warms up
  // Two turns each: a call of TRL's trainer is several steps, of which the first warms up.
  for (let turn = 0; turn < 2; turn++) {
    theirs.push(...(await python.ask<{ seconds: number[] }>()).seconds);
    for (let i = 0; i < STEPS / 2; i++) steps.push(await step(1 + turn * STEPS + i));
  }
  const mine = steps.map(({ seconds }) => seconds);
  report("grpo-step", python, {
    ratio: rounded(median(mine) / median(theirs)),
    ours: rounded(median(mine)),
    theirs: rounded(median(theirs)),
    unit: `s per step of ${PROMPTS} prompts x ${SAMPLES} answers of ${NEW} tokens`,
    sampling: rounded(median(steps.map((one) => one.sampling))),
    seconds: { ours: mine.map((x) => rounded(x)), theirs: theirs.map((x) => rounded(x)) },
  });
} finally {
  python.close();
  await backend.close();
  rmSync(folder, { recursive: true });
}
