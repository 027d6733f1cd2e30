/** The seam between training loops and whatever computes gradients and samples: local libtorch, or a remote engine. */
import type { TurnSampler } from "../core/sampling.ts";

/** One training sequence. All arrays are as long as `ids`; entry t is about predicting ids[t] from ids[0..t-1]. */
export interface Datum {
  readonly ids: readonly number[];
  /** Loss weight of each token; 0 = not trained on. Entry 0 must be 0. */
  readonly weights: readonly number[];
  /**
   * The sequence begins with this many tokens in common with its siblings in the batch: they are computed once. Set
   * where some of them are trained on; otherwise the tokens before the first trained one are compared.
   */
  readonly shared?: number;
  /** Policy losses only: the advantage of the sequence. */
  readonly advantage?: number;
  /** Policy losses only: log-probability at sampling time, 0 where weight is 0. Absent: the policy has not changed since. */
  readonly logprobs?: readonly number[];
  /** Policy losses only: the constraint under which the token was drawn. */
  readonly masks?: readonly (Uint8Array | undefined)[];
  /** Preference losses only: the pair, and which of its two answers this is. */
  readonly preference?: { readonly pair: number; readonly chosen: boolean };
}

/** How GRPO and its kin turn ratios and advantages into a loss (trl 1.13.0; ../shared/protocols/trainers.md 1.3). */
export interface PolicyLossOptions {
  /** What is done with the ratio, and over what the mean is taken. luspo needs level "sequence", vespo "token". */
  readonly type: "grpo" | "bnpo" | "dr_grpo" | "dapo" | "cispo" | "sapo" | "vespo" | "luspo";
  /** Ratios of single tokens, or one for a sequence: the exponential of its tokens' mean (GSPO). Default token. */
  readonly level?: "token" | "sequence" | undefined;
  readonly epsilonLow: number;
  /** For cispo the largest ratio itself, about 5. */
  readonly epsilonHigh: number;
  /** Ratios above are cut for advantages of either sign. Default: none are. */
  readonly delta?: number | undefined;
  /** Weight of the k3 estimate of KL to the reference weights; 0 = no reference pass. */
  readonly beta: number;
  /** The estimate is multiplied with the ratio. Default false. */
  readonly biasCorrectedKl?: boolean | undefined;
  /** Weight of the mean entropy, which is then part of what is maximised. Default 0. */
  readonly entropyCoefficient?: number | undefined;
  /** Only this fraction of a micro-batch's tokens, those of most entropy, has a policy loss. Default 1. */
  readonly topEntropyQuantile?: number | undefined;
  /** Sequences of negative advantage are dropped when they became this much less likely, in nats per token. */
  readonly offPolicyThreshold?: number | undefined;
  /** sapo's temperatures for advantages above 0 and others. Default 1 and 1.05. */
  readonly sapoTemperatures?: readonly [number, number] | undefined;
  /** vespo's exponent and rate for advantages from 0 on and below. Default [2, 3] and [3, 2]. */
  readonly vespoShapes?: readonly [readonly [number, number], readonly [number, number]] | undefined;
  readonly temperature: number;
  /** dr_grpo's normaliser. */
  readonly maxCompletionLength: number;
}

export type LossSpec =
  | { readonly kind: "cross-entropy" }
  | {
      /** Of pairs, against the frozen reference (DPO). */
      readonly kind: "preference";
      readonly beta: number;
      readonly labelSmoothing?: number | undefined;
      /** Of the whole batch: what the mean is over. */
      readonly totalPairs: number;
    }
  | ({
      readonly kind: "policy";
      /** Of the whole generation batch, sequences without a gradient included: what means are over. */
      readonly totalSequences: number;
      readonly totalTokens: number;
    } & PolicyLossOptions);

export interface LossReport {
  readonly loss: number;
  /** Named means over the batch: entropy, kl, clip_ratio/low_mean, ... */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface StepReport {
  readonly gradNorm: number;
  /** The gradient was not finite: weights and optimizer state are untouched. */
  readonly skipped: boolean;
}

export interface TrainingBackend {
  readonly sampler: TurnSampler;
  /** Adds the gradient of the loss over the batch; micro-batches are the backend's business. */
  forwardBackward(batch: readonly Datum[], loss: LossSpec): Promise<LossReport>;
  /** Clips, steps the optimizer at `learningRate`, and zeroes gradients. */
  optimStep(learningRate: number): Promise<StepReport>;
  /** Writes weights (a Hugging Face folder) and optimizer state to `folder`. */
  save(folder: string, options: { readonly optimizer: boolean }): Promise<void>;
  load(folder: string, options: { readonly optimizer: boolean }): Promise<void>;
  /** The weights of now become the reference policy. */
  freezeReference(): Promise<void>;
  /** Releases everything; resolves with the number of tensors still alive (0 unless something leaks). */
  close(): Promise<number>;
}

/** A prompt and one answer to it. */
export interface PpoAnswer {
  /** The prompt, then the answer. */
  readonly ids: readonly number[];
  /** Tokens of the prompt, at least one. */
  readonly prompt: number;
}

/** What the nets say of an answer of n tokens. */
export interface PpoScores {
  /** [n] log-probabilities under the reference policy. */
  readonly reference: readonly number[];
  /** [n + 1]: before each token, and behind the last. */
  readonly values: readonly number[];
}

/** An answer to train on: what was known before the update. */
export interface PpoDatum extends PpoAnswer {
  /** [n] each. */
  readonly logprobs: readonly number[];
  readonly advantages: readonly number[];
  /** [n + 1] each. */
  readonly values: readonly number[];
  readonly returns: readonly number[];
}

export interface PpoSpec {
  readonly clip: number;
  readonly valueClip: number;
  readonly valueWeight: number;
  readonly temperature: number;
}

/** What PPO needs beside: a value net, which learns with the policy and is saved with its optimizer's state. */
export interface PpoBackend extends TrainingBackend {
  /** The policy of now becomes the reference and the body of the value net, whose head begins at 0. */
  startPpo(): Promise<void>;
  scoreAnswers(answers: readonly PpoAnswer[], temperature: number): Promise<PpoScores[]>;
  /** Adds the gradients of the minibatch's loss; the means are over all its tokens. */
  ppoForwardBackward(batch: readonly PpoDatum[], spec: PpoSpec): Promise<LossReport>;
}
