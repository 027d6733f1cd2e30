/** Reads a verdict out of an answer, as the evaluations whose numbers are compared with do it. */

/** True: vulnerable. Null: the answer does not say. */
export type Verdict = boolean | null;

export interface Reading {
  readonly verdict: Verdict;
  /** The answer gives both verdicts in the form that is asked for; the first, or the reader's order, decides. */
  readonly both: boolean;
}

export type ReadAnswer = (text: string) => Reading;

const OUTPUT = /<output>([^]*?)<\/output>/i;
const ANSWERS = /<answer>([^]*?)<\/answer>/gi;

/**
 * SecCoderX's reader of answers with reasoning: YES or NO inside `<output>`, or else the first `<answer>`. "NO" is
 * looked for before "YES" and anywhere in the tag, so `<output>NOT SURE</output>` is a NO there, and here.
 */
export const readTags: ReadAnswer = (text) => {
  const upper = text.toUpperCase();
  const output = OUTPUT.exec(upper)?.[1];
  const said = output === undefined ? null : noBeforeYes(output);
  const answers = [...upper.matchAll(ANSWERS)].map(([, inside]) => answerOf(inside!));
  const both =
    (output !== undefined && hasBoth(output)) || (answers.includes(true) && answers.includes(false));
  return { verdict: said ?? answers[0] ?? null, both };
};

function answerOf(inside: string): Verdict {
  if (/NOT[ _]VULNERABLE/.test(inside)) return false;
  return inside.includes("VULNERABLE") ? true : null;
}

/**
 * SecCoderX's reader of answers without reasoning: `[[YES]]`, `[[NO]]`, then "YES", then "NO" anywhere, which finds one
 * in most sentences ("KNOWN" holds a NO).
 */
export const readYesNo: ReadAnswer = (text) => {
  const upper = text.toUpperCase();
  const order: [string, boolean][] = [
    ["[[YES]]", true],
    ["[[NO]]", false],
    ["YES", true],
    ["NO", false],
  ];
  const found = order.find(([word]) => upper.includes(word));
  return { verdict: found?.[1] ?? null, both: upper.includes("[[YES]]") && upper.includes("[[NO]]") };
};

/** R2Vul's reader: capitals only, NO before YES, in `<output>` (which may stay open) or else in the whole answer. */
export const readR2Vul: ReadAnswer = (text) => {
  const inside = /<output>([^]*?)(?:<\/output>|$)/.exec(text)?.[1] ?? text;
  return { verdict: noBeforeYes(inside), both: hasBoth(inside) };
};

const noBeforeYes = (text: string): Verdict =>
  text.includes("NO") ? false : text.includes("YES") ? true : null;
const hasBoth = (text: string): boolean => /\bNO\b/.test(text) && /\bYES\b/.test(text);

export const READERS = { tags: readTags, "yes-no": readYesNo, r2vul: readR2Vul } as const satisfies Readonly<
  Record<string, ReadAnswer>
>;
export type ReaderName = keyof typeof READERS;

/** What an answer without a verdict counts as: the wrong class (SecCoderX), or not vulnerable (R2Vul). */
export type UnclearPolicy = "wrong" | "benign";

/**
 * The majority of several verdicts, a tie being "not vulnerable". Under `wrong` only clear verdicts vote, and without
 * one there is no verdict; under `benign` an unclear verdict is a vote for "not vulnerable".
 */
export function majority(verdicts: readonly Verdict[], policy: UnclearPolicy): Verdict {
  const votes = policy === "benign" ? verdicts.map((one) => one ?? false) : verdicts;
  const yes = votes.filter((one) => one === true).length;
  const no = votes.filter((one) => one === false).length;
  return yes + no === 0 ? null : yes > no;
}
