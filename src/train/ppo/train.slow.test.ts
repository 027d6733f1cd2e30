/** The PPO loop on a model small enough to train in a test. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import type { Episode } from "../../rollout/episode.ts";
import { runWaves } from "../../rollout/waves.ts";
import { makeRng } from "../../util/rng.ts";
import type { PpoDatum } from "../backend.ts";
import { NonFiniteGuard } from "../guard.ts";
import { LocalBackend } from "../local/backend.ts";
import { TINY_ENGINE } from "../local/tiny.ts";
import { toScored } from "./answers.ts";
import { adaptiveKl, fixedKl, type KlControl } from "./kl-control.ts";
import { trainPpo, type PpoSettings } from "./train.ts";

const FILE = fileURLToPath(new URL("../../../test/golden/tiny-ppo.json", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ironbark-ppo-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SETTINGS: PpoSettings = {
  epochs: 2,
  minibatches: 2,
  clip: 0.2,
  valueClip: 0.2,
  valueWeight: 0.1,
  temperature: 0.9,
  klEstimator: "k1",
  gamma: 1,
  lambda: 0.95,
  whitenRewards: false,
  missingEosPenalty: null,
};

const open = (replicas = 1): LocalBackend =>
  new LocalBackend(
    {
      engine: { ...TINY_ENGINE, tokensPerBatch: 64, valueNet: { learningRateScale: 3 } },
      constraintModule: undefined,
    },
    replicas,
  );

/** Three tokens after a prompt; the reward is the share of them below 25, which half of all tokens are. */
function lowTokens(task: string, prompt: readonly number[], noSignal: boolean): Episode {
  let value: number | null = null;
  return {
    task,
    prompt,
    constraint: () => undefined,
    act: async (ids, finished) => {
      value = noSignal ? null : ids.filter((id) => id < 25).length / ids.length;
      const record = { action: ids, observation: null, reward: value, components: {} };
      return { record, append: [], done: finished };
    },
    reward: () => ({ value, components: {} }),
    labels: () => ({}),
    close: async () => {},
  };
}

async function rollouts(backend: LocalBackend, step: number, answers = 12): Promise<Trace[]> {
  const rng = makeRng(`toy/${step}`);
  const groups = Array.from({ length: answers }, (_, i) => {
    const prompt = Array.from({ length: 2 + rng.int(4) }, () => 2 + rng.int(48));
    return [lowTokens(`toy-${step}-${i}`, prompt, i === 0)];
  });
  const sampling = { temperature: SETTINGS.temperature, topP: 1, maxTokens: 3 };
  return (
    await runWaves(backend.sampler, groups, { groupsPerWave: 64, maxTurns: 1, sampling, seed: step })
  ).flat();
}

interface Play {
  readonly backend: LocalBackend;
  readonly kl: KlControl;
  readonly from: number;
  readonly to: number;
  readonly answers?: number;
  readonly settings?: Partial<PpoSettings>;
}

/** Metrics of each step, timings left out. */
async function play({ backend, kl, from, to, answers, settings }: Play): Promise<Record<string, number>[]> {
  const log: Record<string, number>[] = [];
  await trainPpo({
    backend,
    rollouts: (step) => rollouts(backend, step, answers),
    settings: { ...SETTINGS, ...settings },
    kl,
    schedule: { peak: 0.001, warmupSteps: 0, totalSteps: to, floor: 1 },
    guard: new NonFiniteGuard<PpoDatum>(async () => {}),
    seed: 1,
    startStep: from,
    onStep: async (_, metrics) => {
      log.push(Object.fromEntries(Object.entries(metrics).filter(([name]) => !name.startsWith("time/"))));
      return true;
    },
  });
  return log;
}

// A change that is meant to change numbers is made with UPDATE_GOLDEN=1, and its commit says why.
it("goes along the recorded trajectory, and again exactly after a save and a load", async () => {
  const whole = open();
  await whole.startPpo();
  const now = await play({ backend: whole, kl: adaptiveKl(0.05, 0.01, 100), from: 0, to: 4 });
  expect(await whole.close()).toBe(0);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(FILE, `${JSON.stringify(now, null, 1)}\n`);
  expect(existsSync(FILE)).toBe(true);
  const recorded = JSON.parse(readFileSync(FILE, "utf8")) as Record<string, number>[];
  expect(now.map((step) => Object.keys(step))).toEqual(recorded.map((step) => Object.keys(step)));
  // Other processors differ in the last bits.
  now.forEach((step, i) =>
    Object.entries(step).forEach(([name, value]) =>
      expect(Math.abs(value - recorded[i]![name]!), `step ${i}: ${name}`).toBeLessThan(1e-3),
    ),
  );

  const first = open();
  await first.startPpo();
  const kl = adaptiveKl(0.05, 0.01, 100);
  const half = await play({ backend: first, kl, from: 0, to: 2 });
  await first.save(folder, { optimizer: true });
  await first.close();
  const second = open();
  // The reference is where training began, not where it was interrupted.
  await second.startPpo();
  await second.load(folder, { optimizer: true });
  const rest = await play({ backend: second, kl: adaptiveKl(kl.coefficient, 0.01, 100), from: 2, to: 4 });
  await second.close();
  expect([...half, ...rest]).toEqual(now);
});

it("computes the same with two replicas", async () => {
  const [one, two] = await Promise.all(
    [1, 2].map(async (replicas) => {
      const backend = open(replicas);
      await backend.startPpo();
      const log = await play({ backend, kl: fixedKl(0.05), from: 0, to: 2 });
      expect(await backend.close()).toBe(0);
      return log;
    }),
  );
  two!.forEach((step, i) =>
    Object.entries(step).forEach(([name, value]) => expect(value, name).toBeCloseTo(one![i]![name]!, 3)),
  );
});

it("makes what is rewarded more frequent, and a penalty keeps the policy nearer to where it was", async () => {
  const [free, held] = await Promise.all(
    [0, 1].map(async (coefficient) => {
      const backend = open();
      await backend.startPpo();
      const log = await play({ backend, kl: fixedKl(coefficient), from: 0, to: 20, answers: 33 });
      await backend.close();
      return log;
    }),
  );
  const scores = (log: Record<string, number>[]): number[] => log.map((step) => step["objective/scores"]!);
  expect(
    scores(free!)
      .slice(-3)
      .every((score) => score > scores(free!)[0]! + 0.2),
  ).toBe(true);
  expect(Math.abs(held!.at(-1)!["objective/kl"]!)).toBeLessThan(free!.at(-1)!["objective/kl"]! / 2);
});

describe("answers", () => {
  const trace = (over: Partial<Trace>): Trace => ({
    task: "t",
    sample: 0,
    spans: [
      { author: "prompt", ids: [3, 4] },
      { author: "policy", ids: [5], logprobs: [-1], masks: [undefined] },
    ],
    turns: [],
    reward: { value: 1, components: {} },
    labels: {},
    truncated: true,
    ...over,
  });

  it("without a reward take no part and are counted", async () => {
    expect(toScored(trace({ reward: { value: null, components: {} } }), null)).toBeUndefined();
    const backend = open();
    await backend.startPpo();
    const [step] = await play({ backend, kl: fixedKl(0.05), from: 0, to: 1 });
    const [none] = await play({ backend, kl: fixedKl(0.05), from: 0, to: 1, answers: 1 });
    await backend.close();
    expect(step).toMatchObject({ num_null_rewards: 1, episode: 12 });
    expect(none).toMatchObject({
      num_null_rewards: 1,
      "objective/kl_coef": 0.05,
      lr: 0.001,
      episode: 1,
      skipped_steps: 0,
    });
    expect(none).not.toHaveProperty("loss");
  });

  it("that were cut off pay the penalty", () => {
    expect(toScored(trace({}), 0.25)).toEqual({
      ids: [3, 4, 5],
      prompt: 2,
      logprobs: [-1],
      score: 0.75,
      finished: false,
    });
    expect(toScored(trace({ truncated: false }), 0.25)!.score).toBe(1);
  });

  it("of several turns, or drawn under a constraint, are refused", () => {
    const [prompt, answer] = trace({}).spans as [Trace["spans"][number], Trace["spans"][number]];
    expect(() => toScored(trace({ spans: [prompt, answer, answer] }), null)).toThrow(InputError);
    const masked = { ...answer, masks: [new Uint8Array(50).fill(1)] };
    expect(() => toScored(trace({ spans: [prompt, masked] }), null)).toThrow(/without a constraint/);
  });
});
