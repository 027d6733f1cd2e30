/** A folder of what TRL computed on a small model with a LoRA adapter, and the same computed here. */
import { readFileSync } from "node:fs";
import type { Attention } from "../../src/model/attention.ts";
import { Decoder, decoderWeights } from "../../src/model/decoder.ts";
import { loadDecoder } from "../../src/model/load.ts";
import { adapterParameters } from "../../src/model/lora/adapter.ts";
import { Adapters } from "../../src/model/lora/adapters.ts";
import { loadAdapter } from "../../src/model/lora/folder.ts";
import {
  AdamW,
  clipGradNorm,
  crossEntropy,
  loadSafetensors,
  noGrad,
  tensor,
  tidy,
  where,
  type Tensor,
} from "../../src/torch/index.ts";
import type { Datum } from "../../src/train/backend.ts";
import { headLoss, scoreTokens } from "../../src/train/local/head-loss.ts";
import { chosenTokens } from "../../src/train/local/losses.ts";
import { clipExtremes, isTokenwise, policyLoss, type PolicySpec } from "../../src/train/local/policy-loss.ts";
import { addPasses, toReport } from "../../src/train/local/reports.ts";
import type { Target } from "../../src/train/local/rows.ts";
import { maskedAttention } from "../../src/testing/masked-attention.ts";

const [ROWS, PROMPT, COMPLETION] = [8, 9, 14];
const LENGTH = PROMPT + COMPLETION;
const TEMPERATURE = 0.9;

/** `fixture.json` of the folder. */
export interface Published {
  /** By loss type and level: loss, gradient norm, TRL's metrics. */
  readonly loss: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly traj_loss_gradnorm: readonly (readonly [loss: number, norm: number])[];
  readonly sft_loss: number;
}

export interface TrlFixture {
  readonly published: Published;
  readonly adapters: Adapters;
  /** The adapter's, under PEFT's names. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** A tensor of `fixture.safetensors`. */
  numbers(name: string): number[];
  /** One of shape [rows, completion], at the tokens that count. */
  atTargets(name: string): number[];
  /** Of all positions, 0 where the mask is. */
  logits(): number[];
  /** At the tokens that count, in chunks of so many rows. */
  scores(rowsPerChunk?: number): { logprobs: number[]; entropy: number[] };
  supervisedLoss(): number;
  /** Loss and metrics of a policy loss; adds to the adapter's gradients. */
  train(name: string, rowsPerChunk: number): Record<string, number>;
  /** AdamW steps of the first `steps` of the published trajectory, with loss and gradient norm of each. */
  follow(steps: number): [loss: number, norm: number][];
  /** The adapter's parameter of this name after the published trajectory. */
  after(name: string): number[];
}

/** Belongs to the current scope. */
export async function openTrlFixture(folder: string): Promise<TrlFixture> {
  const stored = loadSafetensors(`${folder}/fixture.safetensors`);
  const published = JSON.parse(readFileSync(`${folder}/fixture.json`, "utf8")) as Published;
  const numbers = (name: string): number[] => stored.get(name)!.toNumbers();
  const base = await loadDecoder(`${folder}/model`);
  const weights = decoderWeights(base.config, base.parameters);
  const adapters = new Adapters(weights);
  const adapter = loadAdapter(`${folder}/adapter`, weights);
  adapters.add("fixture", adapter);
  adapters.use("fixture");
  const model = new Decoder(base.config, base.parameters, adapters);
  const rope = model.rope(LENGTH);
  const { data, targets } = batchOf(numbers);

  const joined = (what: "ids" | "mask"): Tensor => {
    const rows = [`prompt_${what}`, `completion_${what}`].map(
      (name) => stored.get(name)!.toArray() as number[][],
    );
    return tensor(rows[0]!.map((row, i) => [...row, ...rows[1]![i]!])).to({ dtype: "int64" });
  };
  /** Prompts are padded at the left, so that positions and what may be seen are explicit. */
  const attention = (mask: Tensor): Attention => {
    const positions = mask.cumsum(1).sub(1).clamp(0);
    const square = (): Tensor =>
      tensor(new Uint8Array(LENGTH * LENGTH).fill(1), { shape: [LENGTH, LENGTH] }).bool();
    // A padded query sees itself, or its softmax would be over nothing.
    const self = square().tril().triu();
    const visible = square().tril().logicalAnd(mask.bool().unsqueeze(1)).logicalOr(self);
    return maskedAttention(rope, positions, visible.unsqueeze(1));
  };
  /** [rows * LENGTH, d] */
  const allHidden = (): Tensor =>
    model.hidden(joined("ids"), attention(joined("mask"))).view(ROWS * LENGTH, -1);
  const targetHidden = (): Tensor =>
    allHidden().indexSelect(0, tensor(BigInt64Array.from(targets, (target) => BigInt(target.at))));
  const head = (hidden: Tensor): Tensor => model.logits(hidden);
  const atTargets = (name: string): number[] => {
    const values = numbers(name);
    return targets.map(
      ({ at }) => values[Math.floor(at / LENGTH) * COMPLETION + (at % LENGTH) - PROMPT + 1]!,
    );
  };
  const parameters = adapterParameters(adapter);

  const train: TrlFixture["train"] = (name, rowsPerChunk) => {
    for (const parameter of parameters.values()) parameter.requiresGrad_();
    const spec = specOf(name, targets.length);
    const lengths = new Map(data.map((datum) => [datum, datum.weights.reduce((a, b) => a + b, 0)]));
    const totals = { lengths, weight: targets.length, clipped: new Map() };
    return tidy(() => {
      const reference = tensor(Float32Array.from(atTargets("ref_logps")));
      const hidden = targetHidden();
      const options = { tokenwise: isTokenwise(spec), rowsPerChunk };
      const { parts, gradient } = headLoss(
        head,
        hidden,
        chosenTokens(targets, TEMPERATURE),
        options,
        (scores) => {
          const { from, to } = scores;
          const own = reference.narrow(0, from, to - from);
          return policyLoss(scores, targets.slice(from, to), spec, totals, own);
        },
      );
      hidden.backward(gradient);
      const sums = addPasses(parts.map((part) => ({ ...part, tokens: 0 })));
      const all = { ...sums, tokens: targets.length, sequences: ROWS, ...clipExtremes(totals) };
      return { ...toReport(all).metrics, loss: sums.loss };
    });
  };

  return {
    published,
    adapters,
    parameters,
    numbers,
    atTargets,
    train,
    logits: () =>
      tidy(() =>
        noGrad(() => {
          const logits = head(allHidden());
          return where(joined("mask").view(-1, 1).bool(), logits, logits.mul(0)).toNumbers();
        }),
      ),
    scores: (rowsPerChunk) =>
      tidy(() =>
        noGrad(() => {
          const { logprobs, entropy } = scoreTokens(
            head,
            targetHidden(),
            chosenTokens(targets, TEMPERATURE),
            rowsPerChunk,
          );
          return { logprobs: logprobs.toNumbers(), entropy: entropy.toNumbers() };
        }),
      ),
    supervisedLoss: () =>
      tidy(() =>
        noGrad(() => {
          const ids = BigInt64Array.from(targets, ({ datum, token }) => BigInt(datum.ids[token]!));
          return crossEntropy(head(targetHidden()), tensor(ids)).item();
        }),
      ),
    follow: (steps) => {
      using optimizer = new AdamW([{ parameters }], { lr: 1e-3, weightDecay: 0.01 });
      return Array.from({ length: steps }, (): [number, number] => {
        const { loss } = train("dapo/token", 50);
        const { norm } = clipGradNorm([...parameters.values()], 1);
        optimizer.step();
        optimizer.zeroGrad();
        return [loss!, norm];
      });
    },
    after: (name) => numbers(`after5/${name.replace(/lora_([AB])\./, "lora_$1.default.")}`),
  };
}

/** Completions as data, and where their tokens are predicted. */
function batchOf(numbers: (name: string) => number[]): { data: Datum[]; targets: Target[] } {
  const [ids, mask, old] = ["completion_ids", "completion_mask", "old_logps"].map(numbers) as [
    number[],
    number[],
    number[],
  ];
  const data = numbers("advantages").map((advantage, row) => {
    const own = (all: number[]): number[] => all.slice(row * COMPLETION, (row + 1) * COMPLETION);
    return { ids: own(ids), weights: own(mask), advantage, logprobs: own(old) };
  });
  const targets = data.flatMap((datum, row) =>
    datum.weights.flatMap((weight, token) =>
      weight === 1 ? [{ datum, token, at: row * LENGTH + PROMPT + token - 1 }] : [],
    ),
  );
  return { data, targets };
}

/** The loss that the fixture means by `TYPE/LEVEL`. */
function specOf(name: string, totalTokens: number): PolicySpec {
  const [type, level] = name.split("/") as [PolicySpec["type"], PolicySpec["level"]];
  return {
    kind: "policy",
    type,
    level,
    epsilonLow: 0.2,
    epsilonHigh: type === "cispo" ? 5 : 0.28,
    beta: 0.04,
    temperature: TEMPERATURE,
    maxCompletionLength: COMPLETION,
    totalSequences: ROWS,
    totalTokens,
  };
}
