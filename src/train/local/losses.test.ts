import { describe, expect, it } from "vitest";
import { Generator, noGrad, randn, tensor, tidy, type Tensor } from "../../torch/index.ts";
import type { Datum } from "../backend.ts";
import { headLoss, scoreTokens, type TokenScores } from "./head-loss.ts";
import { chosenTokens, crossEntropyLoss } from "./losses.ts";
import { policyLoss, type BatchTotals, type PolicySpec } from "./policy-loss.ts";
import { preferenceLoss, rewardModelLoss } from "./preference-loss.ts";
import type { Target } from "./rows.ts";

const spec = (over: Partial<PolicySpec>): PolicySpec => ({
  kind: "policy",
  type: "dapo",
  epsilonLow: 0.2,
  epsilonHigh: 0.28,
  beta: 0,
  temperature: 1,
  maxCompletionLength: 14,
  totalSequences: 1,
  totalTokens: 1,
  ...over,
});
const asIs = (logits: Tensor): Tensor => logits.mul(1);
const totalsOf = (data: readonly Datum[]): BatchTotals => ({
  lengths: new Map(data.map((datum) => [datum, datum.weights.filter((weight) => weight > 0).length])),
  weight: data.flatMap(({ weights }) => weights).reduce((a, b) => a + b, 0),
  clipped: new Map(),
});
const targetsOf = (data: readonly Datum[]): Target[] =>
  data.flatMap((datum) =>
    datum.weights.flatMap((weight, token) => (weight > 0 ? [{ datum, token, at: 0 }] : [])),
  );

describe("losses over a head", () => {
  const [rows, width, vocabulary] = [23, 6, 40];
  const setUp = (): { hidden: Tensor; weight: Tensor; tokens: ReturnType<typeof chosenTokens> } => {
    using generator = new Generator(5);
    const draw = (...shape: number[]): Tensor => randn(shape, { generator }).requiresGrad_();
    const ids = BigInt64Array.from({ length: rows }, (_, row) => BigInt((row * 7) % vocabulary));
    const masked = Uint8Array.from({ length: vocabulary }, (_, id) => (id % 3 === 1 ? 1 : 0));
    const forbidden = (from: number, to: number): Tensor =>
      tensor(
        Uint8Array.from({ length: (to - from) * vocabulary }, (_, i) => {
          const row = from + Math.floor(i / vocabulary);
          const id = i % vocabulary;
          return row % 2 === 0 && id !== Number(ids[row]) ? masked[id]! : 0;
        }),
        { shape: [to - from, vocabulary] },
      ).bool();
    return {
      hidden: draw(rows, width),
      weight: draw(vocabulary, width),
      tokens: { ids, temperature: 0.7, forbidden },
    };
  };
  /** A loss in which every row matters for every other. */
  const lossOf = ({ logprobs, entropy }: Pick<TokenScores, "logprobs" | "entropy">): { loss: Tensor } => ({
    loss: logprobs.sum().tanh().mul(logprobs.exp().sum()).add(entropy.pow(2).sum()),
  });

  it.each([
    ["at once", 1000],
    ["in chunks", 5],
  ])("equal the plain computation %s, with gradients of rows, head and entropy", (_, rowsPerChunk) => {
    const { hidden, weight, tokens } = setUp();
    tidy(() => {
      const head = (x: Tensor): Tensor => x.matmul(weight.t());
      const options = { tokenwise: false, rowsPerChunk };
      const { parts, gradient } = headLoss(head, hidden, tokens, options, lossOf);
      const ours = { rows: gradient.toNumbers(), head: weight.grad!.toNumbers() };
      weight.grad = null;
      const logits = head(hidden)
        .div(0.7)
        .maskedFill(tokens.forbidden!(0, rows, vocabulary)!, -1e30);
      const all = logits.logSoftmax(-1);
      const { loss } = lossOf({
        logprobs: all.gather(1, tensor(tokens.ids).unsqueeze(1)).squeeze(1),
        entropy: all.exp().mul(all).sum(-1).neg(),
      });
      loss.backward();
      expect(Math.abs(parts[0]!.loss / loss.item() - 1)).toBeLessThan(1e-5);
      const furthest = (a: readonly number[], b: readonly number[]): number =>
        Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
      const size = Math.max(...hidden.grad!.toNumbers().map(Math.abs));
      expect(size).toBeGreaterThan(0.1);
      expect(furthest(ours.rows, hidden.grad!.toNumbers()) / size).toBeLessThan(1e-5);
      expect(furthest(ours.head, weight.grad!.toNumbers()) / size).toBeLessThan(1e-5);
    });
  });

  it("see a chunk at a time when each token's loss is its own, with the same sums", () => {
    const { hidden, weight, tokens } = setUp();
    tidy(() => {
      const seen: number[] = [];
      const head = (x: Tensor): Tensor => {
        seen.push(x.size(0));
        return x.matmul(weight.t());
      };
      const own = ({ logprobs }: TokenScores): { loss: Tensor } => ({ loss: logprobs.exp().sum() });
      const whole = headLoss(head, hidden, tokens, { tokenwise: true, rowsPerChunk: 1000 }, own);
      seen.length = 0;
      const parts = headLoss(head, hidden, tokens, { tokenwise: true, rowsPerChunk: 10 }, own);
      expect(seen).toEqual([10, 10, 3]);
      expect(parts.parts.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(whole.parts[0]!.loss, 5);
      const gap = parts.gradient.sub(whole.gradient).abs().max().item();
      expect(gap).toBeLessThan(1e-6);
      const scores = scoreTokens(head, hidden, tokens, 10);
      expect(noGrad(() => scores.logprobs.exp().sum().item())).toBeCloseTo(whole.parts[0]!.loss, 5);
    });
  });

  it("weigh cross-entropy per token and count accuracies apart", () => {
    const datum: Datum = { ids: [0, 1, 2], weights: [0, 1, 3] };
    const targets = targetsOf([datum]);
    const logits = tensor([
      [0, 2, 0],
      [0, 5, 1],
    ]);
    const nll = (row: readonly number[], id: number): number =>
      Math.log(row.reduce((s, x) => s + Math.exp(x), 0)) - row[id]!;
    const scores = scoreTokens(asIs, logits, chosenTokens(targets, 1));
    const { loss, sums } = crossEntropyLoss(scores, targets, 4);
    expect(loss.item()).toBeCloseTo((nll([0, 2, 0], 1) + 3 * nll([0, 5, 1], 2)) / 4, 5);
    expect(sums).toMatchObject({ full_hits: 1, full_tokens: 1, emphasised_hits: 0, emphasised_tokens: 1 });
  });

  it("give a token that was the only permitted one neither loss nor gradient", () => {
    const only = Uint8Array.from([0, 1, 0]);
    const masks = [undefined, only];
    const datum: Datum = { ids: [0, 1], weights: [0, 1], advantage: 2, logprobs: [0, 0], masks };
    const targets = targetsOf([datum]);
    const logits = tensor([[3, -1, 4]]);
    const options = { tokenwise: true, rowsPerChunk: 1 };
    const { parts, gradient } = headLoss(asIs, logits, chosenTokens(targets, 1), options, (scores) =>
      policyLoss(scores, targets, spec({}), totalsOf([datum]), undefined),
    );
    expect(parts[0]!.loss).toBeCloseTo(-2, 6); // ratio 1 times the advantage
    expect(gradient.toNumbers().every((g) => Math.abs(g) < 1e-7)).toBe(true);
  });
});

/** Options that the published fixture does not turn on, against the formulas by hand. */
describe("options of policy losses", () => {
  const data: Datum[] = [
    { ids: [0, 1, 2], weights: [0, 1, 1], advantage: 1, logprobs: [0, -1, -2] },
    { ids: [0, 3, 4], weights: [0, 1, 1], advantage: -1, logprobs: [0, -1, -1] },
  ];
  const targets = targetsOf(data);
  const logprobs = [-0.5, -2.5, -2, -0.2];
  const entropy = [1, 2, 3, 4];
  const old = [-1, -2, -1, -1];
  const advantages = [1, 1, -1, -1];
  const rho = logprobs.map((own, i) => Math.exp(own - old[i]!));
  const loss = (over: Partial<PolicySpec>, reference?: readonly number[]): number =>
    tidy(() =>
      policyLoss(
        { logprobs: tensor(logprobs), entropy: tensor(entropy) },
        targets,
        spec({ totalTokens: 4, totalSequences: 2, ...over }),
        totalsOf(data),
        reference === undefined ? undefined : tensor([...reference]),
      ).loss.item(),
    );
  const clip = (x: number): number => Math.min(1.28, Math.max(0.8, x));
  const plain = rho.map((r, i) => -Math.min(r * advantages[i]!, clip(r) * advantages[i]!));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / 4;

  it("delta cuts the ratio of negative advantages, too", () => {
    const cut = rho.map((r, i) => -Math.min(Math.min(r, 1.5) * advantages[i]!, clip(r) * advantages[i]!));
    expect(loss({ delta: 1.5 })).toBeCloseTo(mean(cut), 5);
    expect(mean(cut)).not.toBeCloseTo(mean(plain), 2);
  });

  it("the KL estimate can be weighted with the ratio", () => {
    const reference = [-0.4, -2, -2.2, -0.1];
    const k3 = reference.map((r, i) => Math.exp(r - logprobs[i]!) - (r - logprobs[i]!) - 1);
    const all = plain.map((value, i) => value + 0.5 * k3[i]! * rho[i]!);
    expect(loss({ beta: 0.5, biasCorrectedKl: true }, reference)).toBeCloseTo(mean(all), 5);
  });

  it("an entropy bonus is the mean over tokens", () => {
    expect(loss({ entropyCoefficient: 0.1 })).toBeCloseTo(mean(plain) - 0.1 * 2.5, 5);
    expect(loss({ type: "grpo", entropyCoefficient: 0.1 })).toBeCloseTo(loss({ type: "grpo" }) - 0.25, 5);
  });

  it("only tokens of most entropy count, for the bonus as well", () => {
    expect(loss({ topEntropyQuantile: 0.5 })).toBeCloseTo((plain[2]! + plain[3]!) / 4, 5);
    expect(loss({ topEntropyQuantile: 0.5, entropyCoefficient: 0.1 })).toBeCloseTo(
      (plain[2]! + plain[3]!) / 4 - 0.35,
      5,
    );
  });

  it("drops sequences of negative advantage that have become unlikely", () => {
    // The second sequence lost (1 - 0.8) / 2 = 0.1 nats a token.
    expect(loss({ offPolicyThreshold: 0.05 })).toBeCloseTo((plain[0]! + plain[1]!) / 4, 5);
    expect(loss({ offPolicyThreshold: 0.15 })).toBeCloseTo(mean(plain), 5);
  });

  it("without old log-probabilities the ratio is 1", () => {
    const fresh = data.map(({ ids, weights, advantage }) => ({ ids, weights, advantage: advantage! }));
    const { loss: value } = policyLoss(
      { logprobs: tensor(logprobs), entropy: tensor(entropy) },
      targetsOf(fresh),
      spec({ totalTokens: 4 }),
      totalsOf(fresh),
      undefined,
    );
    expect(value.item()).toBeCloseTo(0, 6);
  });
});

describe("losses of pairs", () => {
  const pair = (chosen: boolean, weights: readonly number[]): Datum => ({
    ids: weights.map((_, i) => i),
    weights,
    preference: { pair: 7, chosen },
  });
  const data = [pair(false, [0, 1]), pair(true, [0, 1, 1])];
  const targets = targetsOf(data);
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

  it.each([0, 0.2])("prefer by the gain on the reference, with smoothing %d", (labelSmoothing) => {
    const logprobs = tensor([-1, -0.5, -2]).requiresGrad_();
    const reference = tensor([-1.5, -1, -2.5]);
    const spec = { kind: "preference", beta: 0.5, labelSmoothing, totalPairs: 2 } as const;
    const { loss, sequenceSums, sequences } = preferenceLoss({ logprobs }, targets, spec, reference);
    // Chosen: 1 nat more than the reference; rejected: half a nat.
    const h = 0.5 * (1 - 0.5);
    const expected = -(1 - labelSmoothing) * Math.log(sigmoid(h)) - labelSmoothing * Math.log(sigmoid(-h));
    expect(loss.item()).toBeCloseTo(expected / 2, 6);
    expect(sequences).toBe(1);
    expect(sequenceSums).toMatchObject({
      "rewards/chosen": 0.5,
      "rewards/rejected": 0.25,
      "logps/chosen": -2.5,
    });
    loss.backward();
    const slope = (-0.5 / 2) * (1 - labelSmoothing - sigmoid(h));
    [-slope, slope, slope].forEach((value, i) => expect(logprobs.grad!.toNumbers()[i]).toBeCloseTo(value, 6));
  });

  it("need both answers", () => {
    const spec = { kind: "preference", beta: 0.5, totalPairs: 1 } as const;
    const [one] = data;
    expect(() => preferenceLoss({ logprobs: tensor([-1]) }, targetsOf([one!]), spec, tensor([-1]))).toThrow(
      /pair 7 has only one/,
    );
  });

  it("rank rewards", () => {
    const [chosen, rejected] = [tensor([2, 0]), tensor([1, 1])];
    const plain = rewardModelLoss(chosen, rejected);
    expect(plain.loss.item()).toBeCloseTo(-(Math.log(sigmoid(1)) + Math.log(sigmoid(-1))) / 2, 6);
    expect(plain.metrics).toEqual({ min_reward: 0, mean_reward: 1, max_reward: 2, accuracy: 0.5, margin: 0 });
    const options = { margin: tensor([0.5, 0]), centering: 0.1 };
    const expected = -(Math.log(sigmoid(0.5)) + Math.log(sigmoid(-1))) / 2 + (0.1 * (9 + 1)) / 2;
    expect(rewardModelLoss(chosen, rejected, options).loss.item()).toBeCloseTo(expected, 6);
  });
});
