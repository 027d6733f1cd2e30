/**
 * One GRPO step with LoRA (loss, backward pass, clipping, AdamW) on a group of 8 answers to one prompt, 512 tokens each,
 * vocabulary 151,936, beside GRPOTrainer's own loss on PyTorch with the same weights and batch: time, and the largest
 * resident memory of each process. `--distinct` gives every answer a prompt of its own, so that none is shared.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setNumThreads } from "../src/torch/index.ts";
import type { Datum } from "../src/train/backend.ts";
import { LocalEngine } from "../src/train/local/engine.ts";
import { makeRng } from "../src/util/rng.ts";
import { median } from "../src/util/stats.ts";
import { grpoLoss, RANK, RATE, trainingEngine } from "./shared/training.ts";
import { openPython, report, rounded } from "./trl/python.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const THREADS = Number(process.env["IRONBARK_THREADS"] ?? 2);
const [SAMPLES, PROMPT, COMPLETION] = [8, 256, 256];
const VOCABULARY = 151_936;
const checkpointing = process.argv.includes("--checkpointing");
const distinct = process.argv.includes("--distinct");
const rng = makeRng(1);
const draw = (length: number): number[] => Array.from({ length }, () => 1 + rng.int(VOCABULARY - 2));
const shared = draw(PROMPT);
const prompts = Array.from({ length: SAMPLES }, () => (distinct ? draw(PROMPT) : shared));
const completions = prompts.map(() => draw(COMPLETION));
const advantages = completions.map((_, i) => (i - (SAMPLES - 1) / 2) / 3);

/** Largest resident size of this process in MiB, since the last reset. */
function peak(reset = false): number {
  if (reset) writeFileSync("/proc/self/clear_refs", "5");
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024;
}

setNumThreads(THREADS);
const engine = new LocalEngine(
  { ...trainingEngine(VOCABULARY), gradientCheckpointing: checkpointing },
  undefined,
);
const folder = mkdtempSync(join(tmpdir(), "ironbark-bench-train-step-"));
await engine.save(folder, { optimizer: false });
const batch: Datum[] = prompts.map((prompt, i) => ({
  ids: [...prompt, ...completions[i]!],
  weights: [...prompt.map(() => 0), ...completions[i]!.map(() => 1)],
  advantage: advantages[i]!,
}));
const loss = grpoLoss(SAMPLES, COMPLETION);

interface Step {
  readonly seconds: number;
  readonly norm: number;
  readonly peak: number;
  readonly idle: number;
}

const idle = peak(true);
function ours(): Step {
  const started = performance.now();
  engine.forwardBackward(batch, loss);
  const { gradNorm } = engine.optimStep(RATE);
  return { seconds: (performance.now() - started) / 1000, norm: gradNorm, idle, peak: peak() };
}

const settings = {
  threads: THREADS,
  vocabulary: VOCABULARY,
  rank: RANK,
  rate: RATE,
  checkpointing,
  batch: { prompts, completions, advantages },
};
const python = await openPython("sides.py", "train-step", folder, JSON.stringify(settings));
try {
  // The first step of each warms up. A's own gradients are 0 before it, as B begins at 0, and B's say whether both agree.
  const [mine, theirs]: [Step[], Step[]] = [[ours()], [await python.ask<Step>()]];
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(ours());
    theirs.push(await python.ask<Step>());
  }
  const seconds = (steps: readonly Step[]): number => median(steps.slice(1).map((step) => step.seconds));
  const memory = (steps: readonly Step[]): number => steps.at(-1)!.peak;
  report("train-step", python, {
    ratio: rounded(seconds(mine) / seconds(theirs)),
    ours: rounded(seconds(mine)),
    theirs: rounded(seconds(theirs)),
    unit: `s per step of ${SAMPLES} x ${PROMPT + COMPLETION} tokens`,
    memoryRatio: rounded(memory(mine) / memory(theirs)),
    peakMiB: { ours: Math.round(memory(mine)), theirs: Math.round(memory(theirs)) },
    beforeMiB: { ours: Math.round(mine[0]!.idle), theirs: Math.round(theirs[0]!.idle) },
    gradNorm: {
      ours: mine.map(({ norm }) => rounded(norm, 6)),
      theirs: theirs.map(({ norm }) => rounded(norm, 6)),
    },
    checkpointing,
    sharedPrompt: !distinct,
  });
} finally {
  python.close();
  engine.close();
  rmSync(folder, { recursive: true });
}
