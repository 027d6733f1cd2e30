/** The judge in front of its samplers: what is asked, what is remembered, and what is null. */
import { describe, expect, it } from "vitest";
import { InfraError, InputError, type Completion, type Sampler } from "../../core/index.ts";
import { verdictText } from "../../rewards/detect.ts";
import { createJudge, type Judge } from "./judge.ts";

const SAMPLING = { temperature: 0, topP: 1, maxTokens: 64 };
const SAFE = verdictText("checked", false);
const UNSAFE = verdictText("pasted", true);

interface Scripted extends Sampler {
  readonly prompts: string[];
  /** Most requests that were under way at once. */
  most: number;
  closed: boolean;
}

function scripted(answer: (prompt: string, seed: number) => string | Error, parallel = 2): Scripted {
  let underWay = 0;
  const sampler: Scripted = {
    name: "scripted",
    identity: {},
    parallel,
    prompts: [],
    most: 0,
    closed: false,
    async complete({ prompt, seed }): Promise<Completion> {
      sampler.prompts.push(prompt);
      sampler.most = Math.max(sampler.most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      const said = answer(prompt, seed);
      if (said instanceof Error) throw said;
      return { text: said, finished: !said.endsWith("..."), promptTokens: 1, completionTokens: 1, ms: 1 };
    },
    close: async () => void (sampler.closed = true),
  };
  return sampler;
}

const judgeOf = (samplers: readonly Sampler[], votes = 1): Judge =>
  createJudge({ samplers, template: "{code}", sampling: SAMPLING, votes });
const ask = (judge: Judge, code: string): Promise<boolean | null> =>
  judge.secure({ code, language: "python", cwe: [] });
const down = new InfraError("provider", "down");

describe("a judge", () => {
  it.each<[string, string | Error, boolean | null]>([
    ["not vulnerable", SAFE, true],
    ["vulnerable", UNSAFE, false],
    ["both", SAFE + UNSAFE, null],
    ["neither", "hard to say", null],
    ["an answer that was cut off", `${SAFE}...`, null],
    ["a prompt that is too long", new InputError("no room"), null],
    ["a broken endpoint", down, null],
  ])("%s", async (_, answer, secure) => {
    expect(await ask(judgeOf([scripted(() => answer)]), "x = 1")).toBe(secure);
  });

  it("counts what was unclear apart from what failed", async () => {
    const judge = judgeOf([scripted((prompt) => (prompt.includes("bad") ? down : "hm"))]);
    await Promise.all([ask(judge, "bad"), ask(judge, "a"), ask(judge, "b")]);
    expect(judge.stats).toEqual({ asked: 3, remembered: 0, unclear: 2, failed: 1 });
  });

  it("asks once about the same code, and again where nobody answered", async () => {
    let up = false;
    const sampler = scripted(() => (up ? SAFE : down));
    const judge = judgeOf([sampler]);
    expect(await ask(judge, "a")).toBe(null);
    up = true;
    expect(await Promise.all([ask(judge, "a"), ask(judge, "a")])).toEqual([true, true]);
    expect(judge.stats).toMatchObject({ asked: 2, remembered: 1, failed: 1 });
  });

  it("keeps every replica busy and none busier than it wants", async () => {
    const replicas = [scripted(() => SAFE, 2), scripted(() => SAFE, 3)];
    const judge = judgeOf(replicas);
    const codes = Array.from({ length: 40 }, (_, i) => `x = ${i}`);
    expect(await Promise.all(codes.map((code) => ask(judge, code)))).toEqual(codes.map(() => true));
    expect(replicas.map(({ most }) => most)).toEqual([2, 3]);
    expect(replicas.flatMap(({ prompts }) => prompts)).toHaveLength(40);
    await judge.close();
    expect(replicas.every(({ closed }) => closed)).toBe(true);
  });

  it("goes on with the other replica when one is broken, and ends when all are", async () => {
    const broken = scripted(() => down);
    const judge = judgeOf([broken, scripted(() => UNSAFE)]);
    const codes = Array.from({ length: 30 }, (_, i) => `x = ${i}`);
    expect(await Promise.all(codes.map((code) => ask(judge, code)))).toEqual(codes.map(() => false));
    expect(broken.prompts.length).toBeLessThan(10);
    const dead = judgeOf([scripted(() => down), scripted(() => down)]);
    expect(await Promise.all(codes.map((code) => ask(dead, code)))).toEqual(codes.map(() => null));
    expect(dead.stats.failed).toBe(30);
  });

  it("takes the majority of the clear votes, and a tie for unclear", async () => {
    const answers = [SAFE, UNSAFE, "hm", SAFE];
    let at = 0;
    const next = (): string => answers[at++ % 4]!;
    expect(await ask(judgeOf([scripted(next, 1)], 4), "a")).toBe(true);
    at = 0;
    expect(await ask(judgeOf([scripted(next, 1)], 2), "a")).toBe(null);
  });

  it("shows the code in a fence that it cannot close", async () => {
    const sampler = scripted(() => SAFE);
    await ask(judgeOf([sampler]), 'x = """\n```\n"""');
    expect(sampler.prompts[0]).toBe('````\nx = """\n```\n"""\n````');
  });
});
