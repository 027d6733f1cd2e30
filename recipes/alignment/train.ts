/** The two ways to train of the alignment recipes, for the reward model and for the policy alike. */
import type { TurnSampler } from "../../src/core/sampling.ts";
import type { Trace } from "../../src/core/trace.ts";
import type { ChatLanguage } from "../../src/envs/alignment/index.ts";
import type { Episode } from "../../src/rollout/episode.ts";
import { runWaves } from "../../src/rollout/waves.ts";
import type { Datum } from "../../src/train/backend.ts";
import { trainGrpo } from "../../src/train/grpo.ts";
import type { NonFiniteGuard } from "../../src/train/guard.ts";
import type { LocalBackend } from "../../src/train/local/backend.ts";
import { learningRateAt } from "../../src/train/schedule.ts";
import { trainSft } from "../../src/train/sft.ts";
import { makeRng } from "../../src/util/rng.ts";
import type { RlSettings, SftSettings } from "./settings.ts";

/** A message and the answers to learn, of which some are drawn when the message is. */
export interface Example {
  readonly prompt: string;
  readonly answers: readonly string[];
}

export interface Stage {
  readonly backend: LocalBackend;
  readonly language: ChatLanguage;
  readonly seed: number;
  readonly guard: NonFiniteGuard;
  readonly onStep: (
    step: number,
    metrics: Readonly<Record<string, number>>,
    traces: readonly Trace[],
  ) => Promise<void>;
}

export interface Lesson {
  /** Examples that are too long for it. */
  readonly tooLong: number;
  batch(step: number): Datum[];
}

export interface LessonSettings extends Pick<
  SftSettings,
  "batch" | "perPrompt" | "promptWeight" | "maxTokens"
> {
  readonly seed: number;
}

/** The batch of a step is a function of seed and step. */
export function lesson(
  language: ChatLanguage,
  examples: readonly Example[],
  { seed, batch, perPrompt, promptWeight, maxTokens }: LessonSettings,
): Lesson {
  const encoded = examples
    .map(({ prompt, answers }) => ({
      prompt: language.prompt(prompt),
      answers: answers.map((answer) => language.answer(answer)),
    }))
    .map(({ prompt, answers }) => ({
      prompt,
      answers: answers.filter((answer) => prompt.length + answer.length <= maxTokens),
    }));
  const usable = encoded.filter(({ answers }) => answers.length > 0);
  return {
    tooLong: encoded.length - usable.length,
    batch(step) {
      const rng = makeRng(`lesson/${seed}/${step}`);
      return Array.from({ length: Math.ceil(batch / perPrompt) }, () => {
        const { prompt, answers } = rng.pick(usable);
        const drawn = rng.shuffle(answers).slice(0, perPrompt);
        return drawn.map((answer) => ({
          ids: [...prompt, ...answer],
          weights: [...prompt.map((_, i) => (i === 0 ? 0 : promptWeight)), ...answer.map(() => 1)],
        }));
      }).flat();
    },
  };
}

export async function teach(
  { backend, seed, language, guard, onStep }: Stage,
  examples: readonly Example[],
  settings: SftSettings,
): Promise<{ tooLong: number }> {
  const { learningRate, warmup, steps } = settings;
  const shown = lesson(language, examples, { ...settings, seed });
  const schedule = { peak: learningRate, warmupSteps: warmup, totalSteps: steps, floor: 0.1 };
  await trainSft({
    backend,
    batch: shown.batch,
    learningRate: (step) => learningRateAt(step, schedule),
    steps,
    guard,
    startStep: 0,
    onStep: async (step, metrics) => {
      await onStep(step, metrics, []);
      return true;
    },
  });
  return { tooLong: shown.tooLong };
}

/** `episodes` makes one attempt at a prompt, told apart by its index; it must be able to be called `samples` times. */
export async function reinforce<Task>(
  { backend, seed, guard, onStep }: Stage,
  all: readonly Task[],
  episodes: (task: Task, step: number) => Episode,
  settings: RlSettings,
): Promise<void> {
  const { steps, temperature, maxTokens, learningRate, warmup, beta, loss, samples } = settings;
  const tasks = all.filter((task) => episodes(task, 0).prompt.length <= settings.promptTokens);
  if (beta > 0) await backend.freezeReference();
  await trainGrpo({
    backend,
    rollouts: (step) => {
      const rng = makeRng(`reinforce/${seed}/${step}`);
      const drawn = rng.shuffle(tasks).slice(0, settings.tasks);
      const groups = drawn.map((task) => Array.from({ length: samples }, () => episodes(task, step)));
      return attempt(backend.sampler, groups, { temperature, maxTokens, seed: rng.int(2 ** 31) });
    },
    loss: { ...settings, type: loss, maxCompletionLength: maxTokens },
    schedule: { peak: learningRate, warmupSteps: warmup, totalSteps: steps, floor: 0.1 },
    guard,
    startStep: 0,
    onStep: async (step, metrics, groups) => {
      await onStep(step, metrics, groups.flat());
      return true;
    },
  });
}

/** Rows that are sampled together. */
const ROWS = 192;

export function attempt(
  sampler: TurnSampler,
  groups: readonly (readonly Episode[])[],
  { temperature, maxTokens, seed }: { temperature: number; maxTokens: number; seed: number },
): Promise<Trace[][]> {
  return runWaves(sampler, groups, {
    groupsPerWave: Math.max(1, Math.floor(ROWS / (groups[0]?.length ?? 1))),
    maxTurns: 1,
    sampling: { temperature, topP: 1, maxTokens },
    seed,
  });
}
