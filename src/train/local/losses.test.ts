import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadSafetensors, tensor, type Tensor } from "../../torch/index.ts";
import type { Datum, LossSpec } from "../backend.ts";
import { crossEntropyLoss, policyLogprobs, policyLoss } from "./losses.ts";
import type { Target } from "./rows.ts";

const PARITY = fileURLToPath(new URL("../../../../shared/parity", import.meta.url));
const here = existsSync(PARITY);

const spec = (
  over: Partial<Extract<LossSpec, { kind: "policy" }>>,
): Extract<LossSpec, { kind: "policy" }> => ({
  kind: "policy",
  type: "dapo",
  epsilonLow: 0.2,
  epsilonHigh: 0.28,
  beta: 0.04,
  temperature: 0.9,
  maxCompletionLength: 14,
  totalSequences: 8,
  totalTokens: 0,
  ...over,
});

// Values of TRL 1.13.0's own GRPOTrainer._compute_loss; see the README beside the fixture.
describe.skipIf(!here)(
  `policy losses against TRL's fixture${here ? "" : ` (skipped: ${PARITY} is absent)`}`,
  () => {
    const setUp = (): {
      data: Datum[];
      targets: Target[];
      logits: Tensor;
      reference: Tensor;
      logps: number[];
    } => {
      const file = loadSafetensors(`${PARITY}/fixture.safetensors`);
      const numbers = (name: string): number[] => file.get(name)!.toNumbers();
      const [ids, mask, old, ref, logps] = [
        "completion_ids",
        "completion_mask",
        "old_logps",
        "ref_logps",
        "logps",
      ].map(numbers) as [number[], number[], number[], number[], number[]];
      const advantages = numbers("advantages");
      const [rows, prompt, completion, vocabulary] = [8, 9, 14, 512];
      const all = file.get("logits")!.view(rows * (prompt + completion), vocabulary);
      const data: Datum[] = [];
      const targets: Target[] = [];
      const refs: number[] = [];
      const expected: number[] = [];
      for (let r = 0; r < rows; r++) {
        const at = (t: number): number => r * completion + t;
        const own = <T>(pick: (t: number) => T): T[] => Array.from({ length: completion }, (_, t) => pick(t));
        const datum: Datum = {
          ids: own((t) => ids[at(t)]!),
          weights: own((t) => mask[at(t)]!),
          advantage: advantages[r]!,
          logprobs: own((t) => old[at(t)]!),
        };
        data.push(datum);
        for (let t = 0; t < completion; t++) {
          if (mask[at(t)] !== 1) continue;
          targets.push({ datum, token: t, at: r * (prompt + completion) + prompt + t - 1 });
          refs.push(ref[at(t)]!);
          expected.push(logps[at(t)]!);
        }
      }
      const logits = all.indexSelect(0, tensor(BigInt64Array.from(targets, (target) => BigInt(target.at))));
      return { data, targets, logits, reference: tensor(Float32Array.from(refs)), logps: expected };
    };

    it("has its log-probabilities to 2e-5", () => {
      const { targets, logits, logps } = setUp();
      const own = policyLogprobs(logits, targets, 0.9).own.toNumbers();
      expect(Math.max(...own.map((value, i) => Math.abs(value - logps[i]!)))).toBeLessThan(2e-5);
    });

    const published = here
      ? (
          JSON.parse(readFileSync(`${PARITY}/fixture.json`, "utf8")) as {
            loss: Record<string, Record<string, number>>;
          }
        ).loss
      : {};
    it.each(["grpo", "dr_grpo", "dapo"] as const)("has its %s loss, KL and entropy", (type) => {
      const { data, targets, logits, reference } = setUp();
      const lengths = new Map(data.map((datum) => [datum, datum.weights.reduce((a, b) => a + b, 0)]));
      const totalTokens = [...lengths.values()].reduce((a, b) => a + b, 0);
      const { loss, sums } = policyLoss(logits, targets, spec({ type, totalTokens }), lengths, reference);
      const expected = published[`${type}/token`]!;
      expect(Math.abs(loss.item() - expected["loss"]!)).toBeLessThan(5e-6);
      expect(sums["kl"]! / totalTokens).toBeCloseTo(expected["kl"]!, 5);
      expect(sums["entropy"]! / totalTokens).toBeCloseTo(expected["entropy"]!, 4);
      for (const name of ["clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean"]) {
        expect(sums[name]! / totalTokens).toBeCloseTo(expected[name]!, 5);
      }
    });
  },
);

describe("losses on hand-made logits", () => {
  it("weights cross-entropy per token and counts accuracies apart", () => {
    const datum: Datum = { ids: [0, 1, 2], weights: [0, 1, 3] };
    const targets = [1, 2].map((token) => ({ datum, token, at: token - 1 }));
    const logits = tensor([
      [0, 2, 0],
      [0, 5, 1],
    ]);
    const nll = (row: readonly number[], id: number): number =>
      Math.log(row.reduce((s, x) => s + Math.exp(x), 0)) - row[id]!;
    const { loss, sums } = crossEntropyLoss(logits, targets, 4);
    expect(loss.item()).toBeCloseTo((nll([0, 2, 0], 1) + 3 * nll([0, 5, 1], 2)) / 4, 5);
    expect(sums).toEqual({ full_hits: 1, full_tokens: 1, emphasised_hits: 0, emphasised_tokens: 1 });
  });

  it("gives a token that was the only permitted one neither loss nor gradient", () => {
    const only = Uint8Array.from([0, 1, 0]);
    const datum: Datum = {
      ids: [0, 1],
      weights: [0, 1],
      advantage: 2,
      logprobs: [0, 0],
      masks: [undefined, only],
    };
    const logits = tensor([[3, -1, 4]]).requiresGrad_();
    const { loss } = policyLoss(
      logits,
      [{ datum, token: 1, at: 0 }],
      spec({ beta: 0, totalTokens: 1 }),
      new Map([[datum, 1]]),
      undefined,
    );
    loss.backward();
    expect(loss.item()).toBeCloseTo(-2, 6); // ratio 1 times the advantage
    expect(logits.grad!.toNumbers().every((g) => Math.abs(g) < 1e-7)).toBe(true);
  });
});
