/** Phase 2 of http-triage: reflection learnt by GRPO, beside as many steps of plain fine-tuning on the same failures. */
import { writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpCategory } from "../../src/core/index.ts";
import { openFailureSet, type Failure } from "../../src/envs/http/failures.ts";
import type { TriageLanguage } from "../../src/envs/http/language.ts";
import {
  continuousPractice,
  drawPractice,
  firstAnswers,
  reflectOn,
  type FirstAnswers,
  type ReflectOptions,
} from "../../src/envs/http/practise.ts";
import { reflectionOnly, type FirstAnswer } from "../../src/envs/http/reflect.ts";
import { fineTune, modelOf, startTriageBackend } from "../../src/envs/http/train.ts";
import { toExample, type TriageExample } from "../../src/envs/http/examples.ts";
import { trainGrpo } from "../../src/train/grpo.ts";
import type { LocalBackend } from "../../src/train/local/backend.ts";
import { hash32 } from "../../src/util/rng.ts";
import { keepBest } from "./best.ts";
import { freshPairs, ofCategory } from "./data.ts";
import { playStage, withBackend, type TriageWorkshop } from "./stages.ts";

export const REFLECT_ARMS = ["plain", "reflection"] as const;
export type ReflectArm = (typeof REFLECT_ARMS)[number];

/** Right answers of one arm: at once, and after reflecting. */
export interface ArmScore {
  readonly n: number;
  readonly first: number;
  readonly second: number;
}

export interface ReflectScores {
  /** Held-out pairs that the model of phase 1 answered wrongly, and as many that it answered rightly. */
  readonly failures: ArmScore;
  readonly successes: ArmScore;
}

const [START, RESULT] = ["start", "result.json"];
/** One in so many held-out answers chooses weights, the others compare. */
const CHOICE = 3;

/** Plays both arms from the adapter of phase 1 and returns the folder of the reflecting one. */
export async function playReflection(
  workshop: TriageWorkshop,
  start: string,
  category: HttpCategory,
): Promise<string> {
  const { config } = workshop;
  const { reflect } = config;
  const collected = join("reflect", `${category}-${START}`);
  const folder = await playStage(workshop, collected, 1, async (tools, publish) => {
    await collectFailures(workshop, start, category, publish, tools.onStep);
  });
  const sets = readFirstAnswers(workshop, folder);
  let last = "";
  for (const arm of REFLECT_ARMS)
    last = await playStage(
      workshop,
      join("reflect", `${category}-${arm}`),
      reflect.steps,
      async (tools, publish) => {
        const backend = await openAdapter(workshop, start);
        await withBackend(backend, async () => {
          const step = await trainArm(arm, workshop, backend, sets, category, tools);
          const scores = await scoreArm(workshop, backend, sets.heldOut);
          await publish(async (own) => {
            await backend.save(own, { optimizer: true });
            await writeFile(join(own, RESULT), JSON.stringify({ ...scores, step }));
          });
        });
      },
    );
  return last;
}

type Tools = Parameters<Parameters<typeof playStage>[3]>[0];

/**
 * Leaves the backend with the weights on the way that answer most failures rightly without answering less rightly in
 * all, by the answers that the arm is compared by, and returns their step; 0 is the start. There are few failures to
 * practise on, and both arms come to know them by heart.
 */
async function trainArm(
  arm: ReflectArm,
  workshop: TriageWorkshop,
  backend: LocalBackend,
  sets: Sets,
  category: HttpCategory,
  tools: Tools,
): Promise<number> {
  const { steps, checkEvery } = workshop.config.reflect;
  const counted = arm === "plain" ? "first" : "second";
  const best = await keepBest(backend, join(workshop.context.run.dir, "reflect"), async () => {
    const { failures, successes } = await scoreArm(workshop, backend, sets.choice);
    return { aim: failures[counted], whole: failures[counted] + successes[counted] };
  });
  try {
    await best.look(0);
    const train = arm === "plain" ? trainPlain : trainReflection;
    await train(workshop, backend, sets.practice, category, {
      ...tools,
      onStep: async (step, metrics, note) => {
        const going = await tools.onStep(step, metrics, note);
        if ((step + 1) % checkEvery === 0 || step + 1 === steps) await best.look(step + 1);
        return going;
      },
    });
    return await best.restore();
  } finally {
    await best.close();
  }
}

async function openAdapter({ config, language }: TriageWorkshop, start: string): Promise<LocalBackend> {
  const { seed, threads, lora } = config;
  const backend = startTriageBackend({ language, model: await modelOf(start), seed, lora, threads });
  await backend.load(start, { optimizer: true });
  return backend;
}

interface Sets {
  readonly practice: FirstAnswers;
  /** Of held-out templates, to choose weights by. */
  readonly choice: FirstAnswers;
  /** Of held-out templates, to compare the arms on. */
  readonly heldOut: FirstAnswers;
}
type StoredAnswer = readonly [id: string, ids: readonly number[]];
type Stored = Record<keyof Sets, Record<keyof FirstAnswers, StoredAnswer[]>>;

async function collectFailures(
  workshop: TriageWorkshop,
  start: string,
  category: HttpCategory,
  publish: (fill: (folder: string) => Promise<void>) => Promise<string>,
  onStep: Tools["onStep"],
): Promise<void> {
  const { config, context, language, examples } = workshop;
  const { seed, reflect } = config;
  const backend = await openAdapter(workshop, start);
  await withBackend(backend, async () => {
    const collect = (from: readonly TriageExample[]): Promise<FirstAnswers> =>
      firstAnswers(backend.sampler, language, ofCategory(from, category), {
        bounds: reflect.bounds,
        temperature: 0,
        seed,
        signal: context.signal,
      });
    const [practice, unseen] = [await collect(examples.practice), await collect(examples.heldOut)];
    const some = Math.min(reflect.compared, unseen.failures.length);
    const chosen = (_: unknown, index: number): boolean => index % CHOICE === 0;
    const compared = (answer: unknown, index: number): boolean => !chosen(answer, index);
    const part = (which: typeof chosen): FirstAnswers => ({
      failures: unseen.failures.slice(0, some).filter(which),
      successes: unseen.successes.slice(0, some).filter(which),
    });
    const sets: Sets = { practice, choice: part(chosen), heldOut: part(compared) };
    const scores = await scoreArm(workshop, backend, sets.heldOut);
    await publish(async (folder) => {
      const set = openFailureSet(join(folder, "failures.jsonl"));
      for (const failure of practice.failures) set.add(toFailure(language, failure));
      set.close();
      const plain = (answers: readonly FirstAnswer[]): StoredAnswer[] =>
        answers.map(({ example, ids }) => [example.pair.id, ids]);
      const stored = Object.fromEntries(
        Object.entries(sets).map(([name, own]: [string, FirstAnswers]) => [
          name,
          { failures: plain(own.failures), successes: plain(own.successes) },
        ]),
      );
      await writeFile(join(folder, "answers.json"), JSON.stringify(stored));
      await writeFile(join(folder, RESULT), JSON.stringify(scores));
    });
    const counted = {
      practice_failures: practice.failures.length,
      practice_successes: practice.successes.length,
      held_out_failures: unseen.failures.length,
      held_out_successes: unseen.successes.length,
    };
    await onStep(0, counted, `${counted.practice_failures} failures to practise on`);
  });
}

function readFirstAnswers({ examples, config }: TriageWorkshop, folder: string): Sets {
  const stored = JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")) as Stored;
  const byId = new Map(
    [...examples.practice, ...examples.heldOut].map((example) => [example.pair.id, example]),
  );
  const { bounds } = config.reflect;
  const answers = (own: Stored[keyof Stored]): FirstAnswers => {
    const of = (some: readonly StoredAnswer[]): FirstAnswer[] =>
      some.map(([id, ids]) => ({ example: byId.get(id)!, bounds, ids }));
    return { failures: of(own.failures), successes: of(own.successes) };
  };
  const { practice, choice, heldOut } = stored;
  return { practice: answers(practice), choice: answers(choice), heldOut: answers(heldOut) };
}

/** What phase 1 teaches, on the failures and as many right answers as the other arm sees. */
async function trainPlain(
  { config, language }: TriageWorkshop,
  backend: LocalBackend,
  practice: FirstAnswers,
  category: HttpCategory,
  tools: Tools,
): Promise<void> {
  const { seed, reflect, sft, demonstrations } = config;
  const share = reflect.successes / reflect.failures;
  const some = practice.successes.slice(0, Math.round(practice.failures.length * share));
  const examples = [...practice.failures, ...some].map(({ example }) => example);
  if (examples.length === 0) return;
  await fineTune({
    backend,
    language,
    examples,
    steps: reflect.steps,
    batch: reflect.failures + reflect.successes,
    learningRate: sft.learningRate,
    warmup: 2,
    demonstrations,
    reflections: demonstrations.reflections,
    seed: `plain/${category}/${seed}`,
    ...tools,
  });
}

async function trainReflection(
  { config, context, language }: TriageWorkshop,
  backend: LocalBackend,
  practice: FirstAnswers,
  category: HttpCategory,
  { guard, onStep }: Tools,
): Promise<void> {
  const { seed, reflect } = config;
  if (practice.failures.length === 0 && reflect.fresh === 0) return;
  const own = hash32(`${category}/${seed}`);
  const draw = { ...reflect, seed: own };
  const live =
    reflect.fresh === 0
      ? undefined
      : openFailureSet(join(context.run.dir, "reflect", `${category}-live.jsonl`));
  const continuous = continuousPractice(practice, {
    ...reflectOptions(reflect, backend, language, own),
    draw,
    bounds: reflect.bounds,
    next: (step) => freshPairs(seed, category, step, reflect.fresh).map((pair) => toExample(pair, language)),
    onFailure: (failure) => live?.add(toFailure(language, failure)),
  });
  try {
    await trainGrpo({
      backend,
      rollouts: async (step) => {
        const drawn = reflect.fresh > 0 ? await continuous(step) : drawPractice(practice, draw, step);
        const traces = await reflectOn(drawn, reflectOptions(reflect, backend, language, own + step));
        return traces.map((group) => group.map(reflectionOnly));
      },
      loss: {
        type: "dapo",
        epsilonLow: 0.2,
        epsilonHigh: 0.28,
        beta: 0,
        scaling: "group",
        epochs: 1,
        minibatches: 1,
        temperature: reflect.temperature,
        maxCompletionLength: reflect.maxTokens,
      },
      schedule: { peak: reflect.learningRate, warmupSteps: 2, totalSteps: reflect.steps, floor: 0.1 },
      guard,
      startStep: 0,
      onStep: (step, metrics) => onStep(step, metrics, `reward ${metrics["reward"]!.toFixed(2)}`),
    });
  } finally {
    live?.close();
  }
}

function toFailure(language: TriageLanguage, { example, bounds, ids }: FirstAnswer): Failure {
  const { vulnerable, analysis } = language.read(ids);
  return { pair: example.pair, bounds, answer: { vulnerable, analysis } };
}

const reflectOptions = (
  { reflections, temperature, maxTokens }: TriageWorkshop["config"]["reflect"],
  backend: LocalBackend,
  language: TriageWorkshop["language"],
  seed: number,
): ReflectOptions => ({ sampler: backend.sampler, language, reflections, temperature, maxTokens, seed });

/** Answers, reflects on its own answer without being told whether it is right, and answers again; all greedily. */
async function scoreArm(
  { config, language }: TriageWorkshop,
  backend: LocalBackend,
  heldOut: FirstAnswers,
): Promise<ReflectScores> {
  const { seed, reflect } = config;
  const score = async (items: readonly FirstAnswer[]): Promise<ArmScore> => {
    const examples = items.map(({ example }) => example);
    const options = { bounds: reflect.bounds, temperature: 0, seed };
    const { failures, successes } = await firstAnswers(backend.sampler, language, examples, options);
    const greedy = { ...reflectOptions(reflect, backend, language, seed), reflections: 1, temperature: 0 };
    const traces = (await reflectOn([...failures, ...successes], greedy)).flat();
    return {
      n: items.length,
      first: successes.length,
      second: traces.filter(({ labels }) => labels["right"] === 1).length,
    };
  };
  return { failures: await score(heldOut.failures), successes: await score(heldOut.successes) };
}

/** Scores of a category: before either arm, and of both. */
export function readReflection(
  dir: string,
  category: HttpCategory,
): Record<"start" | ReflectArm, ReflectScores> {
  return Object.fromEntries(
    [START, ...REFLECT_ARMS].map((arm) => {
      const file = join(dir, "reflect", `${category}-${arm}`, RESULT);
      if (!existsSync(file)) throw new Error(`${file}: the arm was not played`);
      return [arm, JSON.parse(readFileSync(file, "utf8")) as ReflectScores];
    }),
  ) as Record<"start" | ReflectArm, ReflectScores>;
}
