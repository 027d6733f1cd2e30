import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { maskedAttention, type Attention } from "../../model/attention.ts";
import { Decoder, decoderWeights } from "../../model/decoder.ts";
import { loadDecoder } from "../../model/load.ts";
import { adapterParameters, type Adapter } from "../../model/lora/adapter.ts";
import { Adapters } from "../../model/lora/adapters.ts";
import { loadAdapter } from "../../model/lora/folder.ts";
import type { Rope } from "../../model/rope.ts";
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
} from "../../torch/index.ts";
import type { Datum } from "../backend.ts";
import { headLoss, scoreTokens } from "./head-loss.ts";
import { chosenTokens } from "./losses.ts";
import { clipExtremes, isTokenwise, policyLoss, type PolicySpec } from "./policy-loss.ts";
import { addPasses, toReport } from "./reports.ts";
import type { Target } from "./rows.ts";

const PARITY = fileURLToPath(new URL("../../../../shared/parity", import.meta.url));
const here = existsSync(PARITY);
const [ROWS, PROMPT, COMPLETION] = [8, 9, 14];
const LENGTH = PROMPT + COMPLETION;

const furthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

// The ladder of ../shared/protocols/trainers.md 5.1 with the gates of 5.2: PEFT 0.21.0 and TRL 1.13.0 made the fixture.
describe.skipIf(!here)(
  `LoRA against the parity fixture${here ? "" : ` (skipped: ${PARITY} is absent)`}`,
  () => {
    const fixture = here ? loadSafetensors(`${PARITY}/fixture.safetensors`) : new Map<string, Tensor>();
    const published = here
      ? (JSON.parse(readFileSync(`${PARITY}/fixture.json`, "utf8")) as {
          loss: Record<string, { loss: number; grad_norm: number; [metric: string]: number }>;
          traj_loss_gradnorm: [number, number][];
          sft_loss: number;
        })
      : undefined;
    const numbers = (name: string): number[] => fixture.get(name)!.toNumbers();
    let model: Decoder;
    let adapters: Adapters;
    let adapter: Adapter;
    let rope: Rope;
    let data: Datum[];
    let targets: Target[];

    beforeEach(async () => {
      const base = await loadDecoder(`${PARITY}/model`);
      const weights = decoderWeights(base.config, base.parameters);
      adapters = new Adapters(weights);
      adapter = loadAdapter(`${PARITY}/adapter`, weights);
      adapters.add("fixture", adapter);
      adapters.use("fixture");
      model = new Decoder(base.config, base.parameters, adapters);
      rope = model.rope(LENGTH);
      const [ids, mask, old] = ["completion_ids", "completion_mask", "old_logps"].map(numbers) as [
        number[],
        number[],
        number[],
      ];
      data = numbers("advantages").map((advantage, row) => {
        const own = (all: number[]): number[] => all.slice(row * COMPLETION, (row + 1) * COMPLETION);
        return { ids: own(ids), weights: own(mask), advantage, logprobs: own(old) };
      });
      targets = data.flatMap((datum, row) =>
        datum.weights.flatMap((weight, token) =>
          weight === 1 ? [{ datum, token, at: row * LENGTH + PROMPT + token - 1 }] : [],
        ),
      );
    });

    /** Prompts are padded at the left, so that positions and what may be seen are explicit. */
    const attention = (mask: Tensor): Attention => {
      const positions = mask.cumsum(1).sub(1).clamp(0);
      const causal = tensor(new Uint8Array(LENGTH * LENGTH).fill(1), { shape: [LENGTH, LENGTH] })
        .bool()
        .tril();
      // A padded query sees itself, or its softmax would be over nothing.
      const self = tensor(new Uint8Array(LENGTH * LENGTH).fill(1), { shape: [LENGTH, LENGTH] })
        .bool()
        .tril()
        .triu();
      const visible = causal.logicalAnd(mask.bool().unsqueeze(1)).logicalOr(self);
      return maskedAttention(rope, positions, visible.unsqueeze(1));
    };
    const joined = (what: "ids" | "mask"): Tensor => {
      const rows = [`prompt_${what}`, `completion_${what}`].map(
        (name) => fixture.get(name)!.toArray() as number[][],
      );
      return tensor(rows[0]!.map((row, i) => [...row, ...rows[1]![i]!])).to({ dtype: "int64" });
    };
    /** [rows * LENGTH, d] */
    const allHidden = (): Tensor =>
      model.hidden(joined("ids"), attention(joined("mask"))).view(ROWS * LENGTH, -1);
    const targetHidden = (): Tensor =>
      allHidden().indexSelect(0, tensor(BigInt64Array.from(targets, (target) => BigInt(target.at))));
    const head = (hidden: Tensor): Tensor => model.logits(hidden);
    const targetLogits = (): Tensor => head(targetHidden());
    const atTargets = (name: string): number[] => {
      const values = numbers(name);
      return targets.map(
        ({ at }) => values[Math.floor(at / LENGTH) * COMPLETION + (at % LENGTH) - PROMPT + 1]!,
      );
    };
    const parameters = (): Map<string, Tensor> => adapterParameters(adapter);
    /** Gradients into the adapter, in chunks of so many rows; what TRL reports. */
    const train = (
      over: Partial<PolicySpec>,
      rowsPerChunk: number,
    ): { loss: number; [metric: string]: number } => {
      const lengths = new Map(data.map((datum) => [datum, datum.weights.reduce((a, b) => a + b, 0)]));
      const spec: PolicySpec = {
        kind: "policy",
        type: "dapo",
        epsilonLow: 0.2,
        epsilonHigh: 0.28,
        beta: 0.04,
        temperature: 0.9,
        maxCompletionLength: COMPLETION,
        totalSequences: ROWS,
        totalTokens: targets.length,
        ...over,
      };
      const totals = { lengths, weight: targets.length, clipped: new Map() };
      const reference = tensor(Float32Array.from(atTargets("ref_logps")));
      return tidy(() => {
        const hidden = targetHidden();
        const options = { tokenwise: isTokenwise(spec), rowsPerChunk };
        const { parts, gradient } = headLoss(head, hidden, chosenTokens(targets, 0.9), options, (scores) => {
          const { from, to } = scores;
          return policyLoss(
            scores,
            targets.slice(from, to),
            spec,
            totals,
            reference.narrow(0, from, to - from),
          );
        });
        hidden.backward(gradient);
        const passes = parts.map((part) => ({ ...part, tokens: 0 }));
        const sums = addPasses(passes);
        return {
          ...toReport({ ...sums, tokens: targets.length, sequences: ROWS, ...clipExtremes(totals) }).metrics,
          loss: sums.loss,
        };
      });
    };

    it("has its logits, log-probabilities and entropy", () => {
      tidy(() =>
        noGrad(() => {
          const mask = joined("mask").view(-1, 1).bool();
          const logits = head(allHidden());
          const masked = where(mask, logits, logits.mul(0)).toNumbers();
          expect(furthest(masked, numbers("logits"))).toBeLessThan(5e-5);
          const scores = scoreTokens(head, targetHidden(), chosenTokens(targets, 0.9), 10);
          expect(furthest(scores.logprobs.toNumbers(), atTargets("logps"))).toBeLessThan(2e-5);
          expect(furthest(scores.entropy.toNumbers(), atTargets("entropy"))).toBeLessThan(5e-5);
        }),
      );
    });

    it("has the reference policy's log-probabilities with the adapter off", () => {
      const off = tidy(() =>
        noGrad(() =>
          adapters.without(() =>
            scoreTokens(head, targetHidden(), chosenTokens(targets, 0.9)).logprobs.toNumbers(),
          ),
        ),
      );
      expect(furthest(off, atTargets("ref_logps"))).toBeLessThan(2e-5);
      expect(furthest(off, atTargets("logps"))).toBeGreaterThan(1e-3);
    });

    it("has its supervised loss", () => {
      const ids = tensor(BigInt64Array.from(targets, ({ datum, token }) => BigInt(datum.ids[token]!)));
      const loss = tidy(() => noGrad(() => crossEntropy(targetLogits(), ids).item()));
      expect(Math.abs(loss - published!.sft_loss)).toBeLessThan(1e-5 * published!.sft_loss);
    });

    const LOSSES = Object.keys(published?.loss ?? {}).flatMap((name) => [
      [name, 1000] as const,
      [name, 10] as const,
    ]);
    it.each(LOSSES)(
      "has the loss, gradient norm and metrics of %s in chunks of %i rows",
      (name, rowsPerChunk) => {
        for (const parameter of parameters().values()) parameter.requiresGrad_();
        const [type, level] = name.split("/") as [PolicySpec["type"], PolicySpec["level"]];
        const ours = train({ type, level, epsilonHigh: type === "cispo" ? 5 : 0.28 }, rowsPerChunk);
        const { loss, grad_norm: expectedNorm, ...metrics } = published!.loss[name]!;
        expect(Math.abs(ours.loss - loss)).toBeLessThan(Math.max(5e-6, 1e-5 * Math.abs(loss)));
        const { norm } = tidy(() => clipGradNorm([...parameters().values()], Infinity));
        expect(Math.abs(norm / expectedNorm - 1)).toBeLessThan(3e-5);
        for (const [metric, value] of Object.entries(metrics))
          expect(ours[metric], metric).toBeCloseTo(value, 4);
      },
    );

    it("follows its trajectory of five steps to the same parameters", () => {
      const trained = parameters();
      for (const parameter of trained.values()) parameter.requiresGrad_();
      using optimizer = new AdamW([{ parameters: trained }], { lr: 1e-3, weightDecay: 0.01 });
      for (const [loss, norm] of published!.traj_loss_gradnorm) {
        const { loss: ours } = train({}, 50);
        const { norm: ourNorm } = clipGradNorm([...trained.values()], 1);
        optimizer.step();
        optimizer.zeroGrad();
        expect(Math.abs(ours - loss)).toBeLessThan(1e-5);
        expect(Math.abs(ourNorm - norm)).toBeLessThan(1e-5);
      }
      for (const [name, value] of trained) {
        const theirs = numbers(`after5/${name.replace(/lora_([AB])\./, "lora_$1.default.")}`);
        const ours = value.toNumbers();
        const gap = Math.sqrt(ours.reduce((sum, x, i) => sum + (x - theirs[i]!) ** 2, 0));
        const size = Math.sqrt(theirs.reduce((sum, x) => sum + x * x, 0));
        expect(gap / size, name).toBeLessThan(5e-6);
      }
    });

    it("computes the same when merged, and exactly the former when unmerged", () => {
      const logits = (): number[] => tidy(() => noGrad(() => targetLogits().toNumbers()));
      const before = logits();
      adapters.merge("fixture");
      const merged = logits();
      expect(furthest(merged, before)).toBeLessThan(5e-5);
      expect(merged).not.toEqual(before);
      adapters.unmerge("fixture");
      expect(logits()).toEqual(before);
    });
  },
);
