/** The cells of `ironbark eval http` that other models answer: any checkpoint or OpenAI-compatible endpoint. */
import { askCell, resultOf, samplerContender, traitsOf } from "../eval/http/index.ts";
import { checkSampler, openSampler, parseSamplers } from "../model/samplers/index.ts";
import type { SweepJob } from "./http-model.ts";
import type { SweepCell } from "./http-report.ts";

/** Asked with and without the policy in the prompt, as far as these kinds are asked for. */
export async function measureSamplers(file: string, text: string, job: SweepJob): Promise<SweepCell[]> {
  const { plan, pairs, store, context } = job;
  const { emit, signal } = context;
  const { seed, resamples, samples } = plan;
  const entries = parseSamplers(text, file);
  for (const entry of entries) checkSampler(entry, file);
  const prompts = [
    ...new Set(plan.kinds.filter((kind) => !traitsOf(kind).head).map((kind) => traitsOf(kind).engineered)),
  ];
  const cells: SweepCell[] = [];
  for (const entry of entries) {
    const sampler = await openSampler(entry, file);
    try {
      const told = new Set<string>();
      const tell = (message: string): void => {
        if (!told.has(message)) emit({ kind: "note", text: message });
        told.add(message);
      };
      for (const engineered of prompts) {
        const contender = samplerContender(sampler, engineered, tell);
        for (const { bounds, temperature, varies } of plan.generations) {
          const settings = { bounds, temperature, samples, enforce: false, seed };
          const cell = await askCell(contender, pairs, settings, { store, emit, signal });
          const result = resultOf(cell, pairs, { seed, resamples });
          const x = varies === "temperature" ? temperature : bounds.max;
          const label = `${bounds.min}-${bounds.max} tokens, temperature ${temperature}`;
          cells.push({ varies, x, label, result });
        }
      }
    } finally {
      await sampler.close();
    }
  }
  return cells;
}
