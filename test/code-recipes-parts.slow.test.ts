/** Parts of the code recipes that need no sandbox. */
import { describe, expect, it } from "vitest";
import { ARMS, type Arm, type ArmResult } from "../recipes/code/arms.ts";
import { demonstrations } from "../recipes/code/demonstrations.ts";
import { judgeExperiment, practiceCurves } from "../recipes/code/experiment-report.ts";
import { FLAWS } from "../recipes/code/flaws.ts";
import { assertDisjoint, splitTasks } from "../recipes/code/tasks.ts";
import { programLanguage, PROGRAM_TOKENS, startProgramEpisode } from "../src/envs/programs/index.ts";
import { trainTokenizer } from "../src/model/tokenizer-train.ts";
import { Tokenizer } from "../src/model/tokenizer.ts";
import { programReward } from "../src/rewards/programs.ts";
import type { ProgramGrade } from "../src/verify/programs/index.ts";

const SETTINGS = { seed: 1, perFamily: 12, heldOut: 0.34, tests: 3 };
const split = splitTasks(SETTINGS);
const texts = split.train.flatMap(({ prompt, reference }) => [prompt, reference!]);
const language = programLanguage(new Tokenizer(trainTokenizer(texts, 600, PROGRAM_TOKENS)));

describe("the split", () => {
  it.each([1, 2, 3])("has no text and no solution on both sides (seed %i)", (seed) => {
    const { train, heldOut } = splitTasks({ ...SETTINGS, seed });
    const solutions = new Set(train.flatMap(({ reference, security }) => [reference, security?.unsafe]));
    solutions.delete(undefined);
    const prompts = new Set(train.map(({ prompt }) => prompt));
    for (const { prompt, reference, security } of heldOut) {
      expect(prompts.has(prompt)).toBe(false);
      expect(solutions.has(reference)).toBe(false);
      expect(solutions.has(security?.unsafe)).toBe(false);
    }
    expect(heldOut.length).toBeGreaterThan(0.2 * (heldOut.length + train.length));
    expect([...train, ...heldOut].every(({ tests }) => tests.length <= 3)).toBe(true);
  });

  it("is refused when something is on both sides", () => {
    const { train, heldOut } = split;
    const leaked = { ...heldOut[0]!, reference: train[0]!.reference };
    expect(() => assertDisjoint({ train, heldOut: [leaked] })).toThrow(/held out/);
  });
});

it("demonstrations depend on seed and step only, and show the unsafe way too", () => {
  const settings = { seed: 1, size: 64, maxTokens: 200, promptWeight: 0.1, flawed: 0 };
  const shown = demonstrations(language, split.train, settings);
  expect(shown.batch(3)).toEqual(demonstrations(language, split.train, settings).batch(3));
  expect(shown.batch(4)).not.toEqual(shown.batch(3));
  const batch = Array.from({ length: 20 }, (_, step) => shown.batch(step)).flat();
  expect(batch.every(({ ids, weights }) => ids.length === weights.length && weights[0] === 0)).toBe(true);
  const sources = new Set(batch.map(({ ids, weights }) => language.read(ids.slice(weights.indexOf(1)))));
  const unsafe = split.train.flatMap(({ security }) => security?.unsafe ?? []);
  expect(unsafe.some((source) => sources.has(source))).toBe(true);
});

describe("flawed demonstrations", () => {
  const shownPrograms = (flawed: number): string[] => {
    const shown = demonstrations(language, split.train, {
      seed: 1,
      size: 400,
      maxTokens: 200,
      promptWeight: 0.1,
      flawed,
    });
    return shown.batch(0).map(({ ids, weights }) => language.read(ids.slice(weights.indexOf(1)))!);
  };
  const solutions = new Set(
    split.train.flatMap(({ reference, security }) => [reference?.trim(), security?.unsafe.trim()]),
  );

  it("are as many as asked for, and none by themselves", () => {
    expect(shownPrograms(0).every((source) => solutions.has(source.trim()))).toBe(true);
    const right = shownPrograms(0.5).filter((source) => solutions.has(source.trim()));
    expect(right.length / 400).toBeGreaterThan(0.42);
    expect(right.length / 400).toBeLessThan(0.58);
  });

  it("print as Python 2 does, or never", () => {
    const programs = FLAWS.map((flaw) => flaw("for x in y:\n    print(x, 1)\nprint(*z)\n"));
    expect(programs).toEqual([
      "for x in y:\n    print x, 1\nprint *z\n",
      "for x in y:\n    result = x, 1\npass\n",
    ]);
    for (const { reference } of split.train)
      for (const flaw of FLAWS) expect(flaw(reference!)).not.toMatch(/^\s*print\(/m);
  });
});

describe("an episode", () => {
  const task = split.train[0]!;
  const grade: ProgramGrade = {
    code: "",
    tests: [
      { verdict: "pass", ms: 1 },
      { verdict: "crash", ms: 1 },
    ],
    exploits: [{ id: "x", worked: true }],
    findings: [
      {
        cwe: "CWE-78",
        rule: "B605",
        severity: "HIGH",
        confidence: "HIGH",
        file: "main.py",
        line: 1,
        message: "",
      },
    ],
  };
  const reward = (one: ProgramGrade) => programReward("partial-credit", one);

  it("reads a program, up to its end, and tells what running it showed", async () => {
    const seen: string[] = [];
    const judge = async (_: unknown, source: string) => (seen.push(source), { grade });
    const episode = startProgramEpisode({ task, language, judge, reward });
    expect(language.tokenizer.decode([...episode.prompt])).toBe(`<|task|>${task.prompt}<|program|>`);
    const step = await episode.act([...language.answer("print(1)\n"), 5, 6], true);
    expect(seen).toEqual(["print(1)\n"]);
    expect(step).toMatchObject({ done: true, append: [], record: { action: "print(1)\n" } });
    expect(episode.labels()).toEqual({
      syntax: 1,
      prints: 1,
      any_test: 1,
      all_tests: 0,
      clean: 0,
      withstands: 0,
      finished: 1,
    });
    expect(episode.reward().value).toBeCloseTo(0.6 * 0.8, 12);
  });

  it("without a grade has no reward, and an answer that was cut off is not done", async () => {
    const judge = async () => ({ failure: "the sandbox is gone" });
    const episode = startProgramEpisode({ task, language, judge, reward });
    const step = await episode.act([5, 6], false);
    expect(episode.reward()).toEqual({ value: null, components: {} });
    expect(step).toMatchObject({
      done: false,
      record: { reward: null, evidence: { failure: "the sandbox is gone" } },
    });
  });
});

describe("the experiment", () => {
  const arm = (rate: number): ArmResult[] =>
    [0, 0.01, 0.02].map((shift) => ({
      outcomes: Array.from({ length: 100 }, (_, i) => {
        const hit = i < 100 * (rate + shift) ? 1 : 0;
        return { task: `t${i}`, values: { syntax: hit, any_test: hit, all_tests: 0, reward: hit } };
      }),
      infra: 1,
      securitySpread: 0.2,
    }));
  const arms = (rates: Readonly<Record<Arm, number>>) =>
    Object.fromEntries(ARMS.map((name) => [name, arm(rates[name])])) as Record<Arm, ArmResult[]>;
  const good = { sft: 0.3, "ppo-binary": 0.35, "ppo-continue": 0.5, "ppo-fresh": 0.7, grpo: 0.8 };

  it("holds when partial credit is ahead outside the intervals, and not when it is close", () => {
    const { passed, table, metrics } = judgeExperiment(arms(good), 1);
    expect(passed).toBe(true);
    expect(table.split("\n")).toHaveLength(6);
    expect(table).toMatch(/ppo-fresh +71\.0 \[/);
    expect(metrics["arms"]).toHaveProperty("sft.infra", 3);
    expect(judgeExperiment(arms({ ...good, "ppo-binary": 0.68 }), 1).passed).toBe(false);
    expect(judgeExperiment(arms({ ...good, sft: 0.9 }), 1).passed).toBe(false);
  });

  it("does not hold when security does not vary", () => {
    const flat = Object.fromEntries(
      Object.entries(arms(good)).map(([name, results]) => [
        name,
        results.map((result) => ({ ...result, securitySpread: 0.05 })),
      ]),
    ) as Record<Arm, ArmResult[]>;
    expect(judgeExperiment(flat, 1).passed).toBe(false);
  });

  it("draws each arm's practice over its own steps, as a mean over seeds", () => {
    const row = (seed: number, name: Arm, step: number, syntax: number) => ({
      step: 0,
      seed,
      arm: ARMS.indexOf(name),
      arm_step: step,
      syntax,
    });
    const [syntax] = practiceCurves([
      row(1, "sft", 0, 1),
      row(1, "grpo", 0, 0.2),
      row(2, "grpo", 0, 0.4),
      row(1, "ppo-continue", 20, 0.6),
    ]);
    expect(syntax!.series.map(({ name }) => name)).toEqual(["ppo-continue", "grpo"]);
    expect(syntax!.series[0]!.points).toEqual([[20, 0.6]]);
    expect(syntax!.series[1]!.points[0]![1]).toBeCloseTo(0.3, 12);
  });
});
