/** BLEU of one text against one other, as sacrebleu's `corpus_bleu` gives it with its defaults. */

const ORDER = 4;

/**
 * 0 to 100. Papineni et al. 2002 with the tokenizer 13a and the "exp" smoothing of Chen and Cherry 2014 (an order
 * without a match counts as 1 / 2^k, k the number of such orders so far); orders that the text is too short for make
 * the score 0.
 */
export function bleu(text: string, reference: string): number {
  const [own, other] = [tokenize(text), tokenize(reference)];
  if (own.length === 0) return 0;
  let [logSum, smoothing] = [0, 1];
  let matches = 0;
  for (let order = 1; order <= ORDER; order++) {
    const total = Math.max(0, own.length - order + 1);
    const correct = common(grams(own, order), grams(other, order));
    matches += correct;
    // Too short for an order: its precision is 0, and with it the product.
    if (total === 0) return 0;
    if (correct === 0) smoothing *= 2;
    logSum += Math.log(correct === 0 ? 100 / (smoothing * total) : (100 * correct) / total);
  }
  if (matches === 0) return 0;
  const brevity = own.length < other.length ? Math.exp(1 - other.length / own.length) : 1;
  return brevity * Math.exp(logSum / ORDER);
}

/** mteval-v13a: punctuation stands alone, but not between digits. */
function tokenize(text: string): string[] {
  const plain = text
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return ` ${plain} `
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replace(/([^0-9])([.,])/g, "$1 $2 ")
    .replace(/([.,])([^0-9])/g, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ")
    .split(/\s+/)
    .filter((token) => token !== "");
}

function grams(tokens: readonly string[], order: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + order <= tokens.length; at++) {
    const gram = tokens.slice(at, at + order).join("\u0000");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

function common(own: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [gram, count] of own) sum += Math.min(count, other.get(gram) ?? 0);
  return sum;
}
