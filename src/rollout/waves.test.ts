import { describe, expect, it } from "vitest";
import type { SamplingOptions, TurnResult, TurnRow, TurnSampler } from "../core/sampling.ts";
import type { Trace } from "../core/trace.ts";
import type { Episode } from "./episode.ts";
import { runWaves, type WaveOptions } from "./waves.ts";

const OPTIONS: WaveOptions = {
  groupsPerWave: 1,
  maxTurns: 3,
  sampling: { temperature: 1, topP: 1, maxTokens: 4 },
  seed: 7,
};

/** Says the row's seed and keeps a log of who was asked when. */
class EchoSampler implements TurnSampler {
  readonly log: string[] = [];
  async begin(wave: number, prompts: readonly (readonly number[])[], copies: number): Promise<void> {
    this.log.push(`begin ${wave}: ${prompts.length} x ${copies}`);
  }
  async turn(wave: number, rows: readonly TurnRow[], _options: SamplingOptions): Promise<TurnResult[]> {
    this.log.push(`turn ${wave}: ${rows.map((row) => row.row).join(" ")}`);
    return rows.map((row) => ({
      row: row.row,
      ids: [row.seed],
      logprobs: [-1],
      masks: [undefined],
      finished: true,
    }));
  }
  async end(wave: number): Promise<void> {
    this.log.push(`end ${wave}`);
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
    expect(sampler.log).toEqual(["begin 0: 1 x 1", "turn 0: 0", "turn 0: 0", "end 0"]);
  });

  it("generates for one wave while the other's actions are still running", async () => {
    const sampler = new EchoSampler();
    const groups = [[episode("slow", 2, 40, sampler.log)], [episode("quick", 2, 0, sampler.log)]];
    await runWaves(sampler, groups, OPTIONS);
    expect(sampler.log.indexOf("turn 1: 0")).toBeLessThan(sampler.log.indexOf("slow acted"));
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
    await expect(runWaves(sampler, [[bad], [good]], OPTIONS)).rejects.toThrow("boom");
    expect(good.closed).toBe(true);
    expect(sampler.log.filter((line) => line.startsWith("end"))).toHaveLength(2);
  });

  it("refuses groups of different sizes", async () => {
    await expect(runWaves(new EchoSampler(), [[episode("a", 1)], []], OPTIONS)).rejects.toThrow(/same size/);
  });
});
