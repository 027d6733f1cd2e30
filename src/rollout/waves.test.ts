import { describe, expect, it } from "vitest";
import type { SamplingOptions, TurnResult, TurnSampler, WaveChange } from "../core/sampling.ts";
import type { Trace } from "../core/trace.ts";
import type { Episode } from "./episode.ts";
import { runWaves, type WaveOptions } from "./waves.ts";

const OPTIONS: WaveOptions = {
  groupsPerWave: 1,
  maxTurns: 3,
  sampling: { temperature: 1, topP: 1, maxTokens: 4 },
  seed: 7,
};

/** Says the row's seed, row r in the r-th call after it started, and keeps a log of who was asked when. */
class EchoSampler implements TurnSampler {
  readonly log: string[] = [];
  #turns: { row: number; seed: number; left: number }[] = [];

  async begin(_wave: number, prompts: readonly (readonly number[])[], copies: number): Promise<void> {
    this.#turns = [];
    this.log.push(`begin: ${prompts.length} x ${copies}`);
  }
  async advance(
    _wave: number,
    { start, drop }: WaveChange,
    _options: SamplingOptions,
    _steps: number,
  ): Promise<TurnResult[]> {
    this.log.push(`start ${start.map((row) => row.row).join(" ")}, drop ${drop.join(" ")}`);
    this.#turns.push(...start.map(({ row, seed }) => ({ row, seed, left: row })));
    const ended = this.#turns.filter((turn) => turn.left-- === 0);
    this.#turns = this.#turns.filter((turn) => !ended.includes(turn));
    return ended.map(({ row, seed }) => ({
      row,
      ids: [seed],
      logprobs: [-1],
      masks: [undefined],
      finished: true,
    }));
  }
  async end(_wave: number): Promise<void> {
    this.log.push("end");
  }
}

/** Ends after `turns` turns; acting takes `delay` milliseconds. */
function episode(task: string, turns: number, delay = 0, log: string[] = []): Episode & { closed: boolean } {
  let acted = 0;
  return {
    task,
    prompt: [1, 2],
    closed: false,
    constraint: () => undefined,
    async act(ids) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      acted++;
      log.push(`${task} acted`);
      const record = { action: ids, observation: {}, reward: 0.5, components: {} };
      return { record, append: [90 + acted], done: acted === turns };
    },
    reward: () => ({ value: acted * 0.5, components: { turns: acted } }),
    labels: () => ({ finished: acted === turns ? 1 : 0 }),
    async close() {
      this.closed = true;
    },
  };
}

describe("runWaves", () => {
  it("records prompt, policy and environment tokens in order, and stops a row when its episode is done", async () => {
    const sampler = new EchoSampler();
    const traces = (await runWaves(sampler, [[episode("a", 2)]], OPTIONS)).flat();
    const trace: Trace = traces[0]!;
    expect(trace.spans.map((span) => span.author)).toEqual(["prompt", "policy", "environment", "policy"]);
    expect(trace.spans[2]!.ids).toEqual([91]);
    expect(trace.turns).toHaveLength(2);
    expect(trace.reward.value).toBe(1);
    expect(trace.truncated).toBe(false);
    expect(sampler.log.filter((line) => line.startsWith("start 0"))).toHaveLength(2);
    expect(sampler.log.at(-1)).toBe("end");
  });

  it("goes on generating for other rows while an action is running", async () => {
    const sampler = new EchoSampler();
    const slow = episode("slow", 1, 40, sampler.log);
    const other = episode("other", 1, 0, sampler.log);
    await runWaves(sampler, [[slow, other]], OPTIONS);
    const calls = sampler.log.filter((line) => line.startsWith("start") || line === "slow acted");
    expect(calls.indexOf("slow acted")).toBeGreaterThan(1);
  });

  it("runs waves one after another", async () => {
    const sampler = new EchoSampler();
    await runWaves(sampler, [[episode("a", 1)], [episode("b", 2)]], OPTIONS);
    const marks = sampler.log.filter((line) => !line.startsWith("start"));
    expect(marks).toEqual(["begin: 1 x 1", "end", "begin: 1 x 1", "end"]);
  });

  it("has a schedule and seeds that do not depend on how long actions take", async () => {
    const roll = async (delays: readonly number[]): Promise<unknown> => {
      const sampler = new EchoSampler();
      const groups = delays.map((delay, g) => [
        episode(`t${g}`, 2 + (g % 2), delay),
        episode(`t${g}`, 3, delay),
      ]);
      const traces = await runWaves(sampler, groups, OPTIONS);
      return { log: sampler.log, spans: traces.flat().map((trace) => trace.spans) };
    };
    expect(await roll([0, 15, 3])).toEqual(await roll([12, 0, 0]));
  });

  it("marks episodes that ran out of turns", async () => {
    const traces = (await runWaves(new EchoSampler(), [[episode("long", 9)]], OPTIONS)).flat();
    const trace: Trace = traces[0]!;
    expect(trace.truncated).toBe(true);
    expect(trace.turns).toHaveLength(3);
  });

  it("closes every episode and ends every wave when an action throws", async () => {
    const sampler = new EchoSampler();
    const bad = { ...episode("bad", 1), act: async () => Promise.reject(new Error("boom")) };
    const good = episode("good", 3);
    const options = { ...OPTIONS, groupsPerWave: 2 };
    await expect(runWaves(sampler, [[bad], [good]], options)).rejects.toThrow("boom");
    expect(good.closed).toBe(true);
    expect(sampler.log.at(-1)).toBe("end");
  });

  it("refuses groups of different sizes", async () => {
    await expect(runWaves(new EchoSampler(), [[episode("a", 1)], []], OPTIONS)).rejects.toThrow(/same size/);
  });
});
