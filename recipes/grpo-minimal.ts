/**
 * GRPO in one file, on the primitives: a two-layer model reads an application, picks one of eight patches, and is
 * rewarded by the verifier, which applies the patch, runs the application and attacks it. No worker thread, no KV
 * cache, no resume: `quickstart.ts` has those. Read this one to see the whole algorithm.
 */
import { z } from "zod";
import type { Patch } from "../src/core/patch.ts";
import type { Scenario } from "../src/core/scenario.ts";
import { FAMILIES, generateScenario } from "../src/data/webapps/index.ts";
import { causalAttention } from "../src/model/attention.ts";
import type { DecoderConfig } from "../src/model/config.ts";
import { initialParameters, Decoder } from "../src/model/decoder.ts";
import { ropeTable } from "../src/model/rope.ts";
import { drawToken } from "../src/model/sample-token.ts";
import { trainTokenizer } from "../src/model/tokenizer-train.ts";
import { Tokenizer } from "../src/model/tokenizer.ts";
import { patchReward } from "../src/rewards/patch.ts";
import { defineRecipe } from "../src/runs/recipe.ts";
import {
  AdamW,
  clipGradNorm,
  dispose,
  liveTensors,
  noGrad,
  tensor,
  tidy,
  type Tensor,
} from "../src/torch/index.ts";
import { groupAdvantages } from "../src/train/advantages.ts";
import { makeRng } from "../src/util/rng.ts";
import { mean } from "../src/util/stats.ts";
import { openVerifier } from "../src/verify/index.ts";

const CHOICES = 8;
const LETTERS = Array.from({ length: CHOICES }, (_, i) => `<|${"ABCDEFGH"[i]}|>`);

const schema = z.strictObject({
  seed: z.int().default(1),
  /** Applications, one from each of as many families. */
  tasks: z.int().positive().default(6),
  samples: z.int().min(2).default(8),
  steps: z.int().positive().default(40),
  /** Passes over the samples of a step; from the second on the clipped ratio matters. */
  epochs: z.int().positive().default(2),
  learningRate: z.number().positive().default(3e-3),
  epsilon: z.number().positive().default(0.2),
});

interface Task {
  readonly scenario: Scenario;
  /** The application's sources as tokens. */
  readonly prompt: readonly number[];
  /** In an order that says nothing: one correct patch among cheats. */
  readonly patches: readonly Patch[];
}

/** One application per family; the reference patch hides among the scenario's cheats. */
function makeTasks(count: number, seed: number): { tasks: Omit<Task, "prompt">[]; texts: string[] } {
  const rng = makeRng(`minimal/${seed}`);
  const families = rng.shuffle(FAMILIES.filter((family) => family.split === "train")).slice(0, count);
  const tasks = families.map((family) => {
    const scenario = generateScenario(family.id, rng.int(1000));
    const cheats = Array.from(
      { length: CHOICES - 1 },
      (_, i) => scenario.cheats[i % scenario.cheats.length]!.patch,
    );
    return { scenario, patches: rng.shuffle([scenario.reference, ...cheats]) };
  });
  return { tasks, texts: tasks.map(({ scenario }) => Object.values(scenario.files).join("\n")) };
}

/** Logits [tasks, V] after each prompt: prompts are right-padded, which causal attention never sees. */
function policyLogits(model: Decoder, tasks: readonly Task[]): Tensor {
  const length = Math.max(...tasks.map((task) => task.prompt.length));
  const ids = new BigInt64Array(tasks.length * length);
  tasks.forEach((task, t) => task.prompt.forEach((id, i) => (ids[t * length + i] = BigInt(id))));
  const rope = ropeTable(model.headDim, model.config.ropeTheta, length);
  const hidden = model.hidden(tensor(ids, { shape: [tasks.length, length] }), causalAttention(rope));
  const last = BigInt64Array.from(tasks, (task, t) => BigInt(t * length + task.prompt.length - 1));
  return model.logits(
    hidden.reshape(tasks.length * length, model.config.hiddenSize).indexSelect(0, tensor(last)),
  );
}

export const recipe = defineRecipe({
  name: "grpo-minimal",
  description: "GRPO in one readable file: a tiny model learns to pick the patch that survives the attack",
  schema,
  async run(config, { run, emit, signal }) {
    // --- tasks, and the reward that runs them -----------------------------------------------------------------
    const { tasks: bare, texts } = makeTasks(config.tasks, config.seed);
    const tokenizer = new Tokenizer(trainTokenizer(texts, 600, LETTERS));
    const tasks: Task[] = bare.map((task, i) => ({ ...task, prompt: tokenizer.encode(texts[i]!) }));
    const letters = LETTERS.map((letter) => tokenizer.special(letter));
    const onlyLetters = new Uint8Array(tokenizer.vocabSize);
    for (const id of letters) onlyLetters[id] = 1;
    const verifier = openVerifier({ workers: 2 });
    const reward = async (task: Task, choice: number): Promise<number | null> =>
      patchReward(await verifier.verify(task.scenario, task.patches[choice]!)).value;

    // --- model and optimizer ----------------------------------------------------------------------------------
    const shape: DecoderConfig = {
      vocabSize: tokenizer.vocabSize,
      hiddenSize: 64,
      intermediateSize: 128,
      layers: 2,
      heads: 2,
      kvHeads: 2,
      ropeTheta: 10_000,
      normEps: 1e-6,
      tiedHead: true,
      maxPositions: 1024,
      initStd: 0.02,
    };
    const parameters = initialParameters(shape, config.seed);
    for (const parameter of parameters.values()) parameter.requiresGrad_();
    const model = new Decoder(shape, parameters);
    const optimizer = new AdamW([{ parameters, weightDecay: 0 }], { lr: config.learningRate });
    const forbidden = (rows: number): Tensor =>
      tensor(
        Uint8Array.from(
          { length: rows * onlyLetters.length },
          (_, i) => onlyLetters[i % onlyLetters.length]!,
        ),
        {
          shape: [rows, onlyLetters.length],
        },
      ).eq(0);

    const history: number[] = [];
    try {
      emit({ kind: "stage-start", stage: "grpo", total: config.steps });
      for (let step = 0; step < config.steps; step++) {
        // --- sample G choices per task ------------------------------------------------------------------------
        const rng = makeRng(`minimal/${config.seed}/${step}`);
        const logits = tidy(() => noGrad(() => policyLogits(model, tasks).toFloat32Array()));
        const drawn = tasks.map((_, t) => {
          const row = logits.subarray(t * shape.vocabSize, (t + 1) * shape.vocabSize);
          return Array.from({ length: config.samples }, () =>
            drawToken(row, onlyLetters, { temperature: 1, topP: 1 }, rng),
          );
        });

        // --- reward: apply, run, attack; null when the infrastructure failed ----------------------------------
        const rewards = await Promise.all(
          tasks.map((task, t) => Promise.all(drawn[t]!.map(({ id }) => reward(task, letters.indexOf(id))))),
        );

        // --- advantages within each group; a null takes no part -----------------------------------------------
        const groups = groupAdvantages(rewards);
        const samples = drawn.flatMap((group, t) =>
          group.map((token, g) => ({ ...token, t, advantage: groups[t]!.advantages[g]! })),
        );

        // --- clipped policy gradient --------------------------------------------------------------------------
        for (let epoch = 0; epoch < config.epochs; epoch++) {
          tidy(() => {
            const all = policyLogits(model, tasks).maskedFill(forbidden(tasks.length), -1e30).logSoftmax(-1);
            const perSample = all.indexSelect(0, tensor(BigInt64Array.from(samples, ({ t }) => BigInt(t))));
            const own = perSample
              .gather(1, tensor(BigInt64Array.from(samples, ({ id }) => BigInt(id))).unsqueeze(1))
              .squeeze(1);
            const old = tensor(Float32Array.from(samples, ({ logprob }) => logprob));
            const advantages = tensor(Float32Array.from(samples, ({ advantage }) => advantage));
            const ratio = own.sub(old).exp();
            const clipped = ratio.clamp(1 - config.epsilon, 1 + config.epsilon);
            ratio.mul(advantages).minimum(clipped.mul(advantages)).neg().mean().backward();
          });
          const { finite } = clipGradNorm(optimizer.parameters, 1);
          if (finite) optimizer.step();
          optimizer.zeroGrad();
        }

        const known = rewards.flat().filter((r) => r !== null);
        history.push(known.length === 0 ? 0 : mean(known));
        run.logMetrics(step, {
          reward: history.at(-1)!,
          num_null_rewards: rewards.flat().length - known.length,
        });
        emit({
          kind: "stage-step",
          stage: "grpo",
          done: step + 1,
          total: config.steps,
          note: `reward ${history.at(-1)!.toFixed(2)}`,
        });
        signal.throwIfAborted();
      }
    } finally {
      await verifier.close();
      optimizer[Symbol.dispose]();
      dispose(parameters);
    }
    return {
      metrics: {
        reward_first5: mean(history.slice(0, 5)),
        reward_last5: mean(history.slice(-5)),
        leaked_tensors: liveTensors(),
      },
    };
  },
});
