/**
 * Losses of chosen tokens' log-probabilities, over hidden states and a language-model head, that never hold the logits
 * of all rows: a chunk of rows at a time is projected, scored, differentiated and forgotten. Gradients are those of the
 * plain computation: with p = softmax(z), d log p_y / dz = onehot(y) - p and dH / dz = -p (log p + H).
 */
import { cat, enableGrad, noGrad, tensor, tidy, type Tensor } from "../../torch/index.ts";

/** Hidden states [n, d] -> logits [n, V], linear in its argument: the result is overwritten before its backward pass. */
export type Head = (hidden: Tensor) => Tensor;

/** What is asked about each of N rows. */
export interface ChosenTokens {
  /** [N] */
  readonly ids: BigInt64Array;
  /** Logits are divided by it first; 0 counts as 1. */
  readonly temperature: number;
  /** bool [to - from, V], true for tokens that could not be chosen; undefined when all rows are free. */
  readonly forbidden?: (from: number, to: number, vocabulary: number) => Tensor | undefined;
}

/** Of rows from..to. Log-probabilities and entropies are leaves: what a loss does with them comes back as gradients. */
export interface TokenScores {
  readonly from: number;
  readonly to: number;
  /** [n] */
  readonly logprobs: Tensor;
  /** [n], of the whole distribution, in nats. */
  readonly entropy: Tensor;
  /** bool [n]: no other token was more likely. */
  readonly best: Tensor;
}

export interface HeadOptions {
  /** Each row's share of the loss depends on that row only: chunks then need one projection instead of two. */
  readonly tokenwise: boolean;
  readonly rowsPerChunk: number;
}

/** Elements of one chunk's logits: at a vocabulary of 151,936, 220 rows in 134 MB. */
const CHUNK_ELEMENTS = 2 ** 25;

export const rowsPerChunk = (vocabulary: number): number =>
  Math.max(1, Math.floor(CHUNK_ELEMENTS / vocabulary));

const FORBIDDEN = -1e30;

/** A chunk's distributions. Belongs to the current scope, with two buffers of [n, V]. */
interface Projection {
  readonly scores: TokenScores;
  /** Given d loss / d logprobs [n] and d loss / d entropy [n]: the gradient of the rows. Overwrites the buffers. */
  backward(ofLogprobs: Tensor | null, ofEntropy: Tensor | null): Tensor;
}

function project(head: Head, hidden: Tensor, tokens: ChosenTokens, from: number, to: number): Projection {
  const rows = hidden
    .detach()
    .narrow(0, from, to - from)
    .requiresGrad_();
  const logits = enableGrad(() => head(rows));
  return noGrad(() => {
    const temperature = tokens.temperature === 0 ? 1 : tokens.temperature;
    const ids = tensor(tokens.ids.subarray(from, to), { device: hidden.device }).unsqueeze(1);
    // Shifted so that the largest is 0, in place: only one more buffer, that of the exponentials, is needed.
    const z = logits.dtype === "float32" ? logits.detach() : logits.float();
    if (temperature !== 1) z.div_(temperature);
    const forbidden = tokens.forbidden?.(from, to, z.size(1));
    // A finite stand-in for minus infinity keeps 0 * log 0 at 0 in the entropy.
    if (forbidden !== undefined) z.maskedFill_(forbidden, FORBIDDEN);
    z.sub_(z.amax(-1, true));
    const exponentials = z.exp();
    const sums = exponentials.sum(-1, true);
    const logSums = sums.log();
    const own = z.gather(1, ids);
    const weighted = exponentials.unsqueeze(1).bmm(z.unsqueeze(2)).view(-1, 1);
    const entropy = logSums.sub(weighted.div(sums));
    const leaf = (x: Tensor): Tensor => x.squeeze(1).requiresGrad_();
    const scores = {
      from,
      to,
      logprobs: leaf(own.sub(logSums)),
      entropy: leaf(entropy.clone()),
      best: own.squeeze(1).eq(0),
    };
    const backward = (ofLogprobs: Tensor | null, ofEntropy: Tensor | null): Tensor =>
      noGrad(() => {
        const perRow = (gradient: Tensor): Tensor => gradient.unsqueeze(1).div(temperature);
        let slopes: Tensor | undefined;
        if (ofEntropy !== null) {
          slopes = z.sub_(logSums.sub(entropy)).mul_(exponentials).mul_(perRow(ofEntropy).div(sums).neg());
        }
        if (ofLogprobs !== null) {
          const own = perRow(ofLogprobs);
          const others = exponentials.mul_(own.div(sums).neg()).scatterAdd_(1, ids, own);
          slopes = slopes === undefined ? others : slopes.add_(others);
        }
        if (slopes === undefined) return rows.detach().mul(0);
        logits.backward(slopes.to({ dtype: logits.dtype }));
        return rows.grad!;
      });
    return { scores, backward };
  });
}

function chunksOf(count: number, size: number): [from: number, to: number][] {
  const out: [number, number][] = [];
  for (let from = 0; from < count; from += size) out.push([from, Math.min(count, from + size)]);
  return out;
}

/** Log-probabilities and entropies [N], without gradients. */
export function scoreTokens(
  head: Head,
  hidden: Tensor,
  tokens: ChosenTokens,
  chunkRows = Infinity,
): { logprobs: Tensor; entropy: Tensor; best: Tensor } {
  const parts = chunksOf(tokens.ids.length, chunkRows).map(([from, to]) =>
    tidy(() => {
      const { logprobs, entropy, best } = project(head, hidden, tokens, from, to).scores;
      return { logprobs: logprobs.detach(), entropy: entropy.detach(), best };
    }),
  );
  const whole = (of: (part: (typeof parts)[number]) => Tensor): Tensor => cat(parts.map(of));
  return {
    logprobs: whole((part) => part.logprobs),
    entropy: whole((part) => part.entropy),
    best: whole((part) => part.best),
  };
}

/**
 * Calls `lossOf` with the scores of all rows, or tokenwise with those of each chunk; losses add up. Gradients go into
 * whatever else the loss or the head were made of, and that of `hidden` [N, d] is returned for the caller to go on with.
 */
export function headLoss<Part extends { readonly loss: Tensor }>(
  head: Head,
  hidden: Tensor,
  tokens: ChosenTokens,
  options: HeadOptions,
  lossOf: (scores: TokenScores) => Part,
): { parts: (Omit<Part, "loss"> & { loss: number })[]; gradient: Tensor } {
  const count = tokens.ids.length;
  const chunks = chunksOf(count, options.rowsPerChunk);
  const differentiate = (scores: TokenScores): Omit<Part, "loss"> & { loss: number } => {
    const part = enableGrad(() => lossOf(scores));
    part.loss.backward();
    return { ...part, loss: part.loss.item() };
  };
  if (options.tokenwise || chunks.length === 1) {
    const parts: (Omit<Part, "loss"> & { loss: number })[] = [];
    const gradients = chunks.map(([from, to]) =>
      tidy(() => {
        const { scores, backward } = project(head, hidden, tokens, from, to);
        parts.push(differentiate(scores));
        return backward(scores.logprobs.grad, scores.entropy.grad);
      }),
    );
    return { parts, gradient: cat(gradients) };
  }
  const { logprobs, entropy, best } = scoreTokens(head, hidden, tokens, options.rowsPerChunk);
  const scores = {
    from: 0,
    to: count,
    logprobs: logprobs.requiresGrad_(),
    entropy: entropy.requiresGrad_(),
    best,
  };
  const parts = [differentiate(scores)];
  const gradients = chunks.map(([from, to]) =>
    tidy(() => {
      const own = (x: Tensor): Tensor | null => x.grad?.narrow(0, from, to - from) ?? null;
      return project(head, hidden, tokens, from, to).backward(own(logprobs), own(entropy));
    }),
  );
  return { parts, gradient: cat(gradients) };
}
