/** The judge of a run: its own reward model in workers, or the samplers that a file names. */
import { readFileSync } from "node:fs";
import { InputError } from "../../src/core/errors.ts";
import type { Sampler } from "../../src/core/sampler.ts";
import { createJudge, type Judge } from "../../src/envs/alignment/index.ts";
import {
  checkSampler,
  openCheckpointSampler,
  openSampler,
  parseSamplers,
} from "../../src/model/samplers/index.ts";
import { templateOf } from "./reward-model.ts";
import type { AlignmentSettings } from "./settings.ts";

export async function openJudge(config: AlignmentSettings, rewardModel: string): Promise<Judge> {
  const { seed, judge } = config;
  const samplers =
    judge.samplers === "" ? await ownWorkers(config, rewardModel) : await named(judge.samplers);
  return createJudge({
    samplers,
    template: templateOf(config),
    sampling: { temperature: judge.temperature, topP: 1, maxTokens: judge.maxTokens },
    votes: judge.votes,
    seed,
  });
}

/** Threads, each with the weights of its own. */
const ownWorkers = ({ judge }: AlignmentSettings, checkpoint: string): Promise<Sampler[]> =>
  Promise.all(
    Array.from({ length: judge.workers }, (_, worker) =>
      openCheckpointSampler({ name: `judge ${worker + 1}`, checkpoint, batch: judge.batch }),
    ),
  );

/** Throws InputError and PrerequisiteError before anything is trained when called with `checkJudge`. */
async function named(file: string): Promise<Sampler[]> {
  return Promise.all(readEntries(file).map((entry) => openSampler(entry, file)));
}

/** What can be wrong with the file of samplers, seen before hours are spent on a reward model. */
export function checkJudge({ judge }: AlignmentSettings): void {
  if (judge.samplers === "") return;
  for (const entry of readEntries(judge.samplers)) checkSampler(entry, judge.samplers);
}

function readEntries(file: string): ReturnType<typeof parseSamplers> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new InputError(`${file}: expected a file that names samplers`, { cause });
  }
  return parseSamplers(text, file);
}
