/** The `detect` preset: 0.9 for the right verdict and 0.1 for the form `<think>...</think><answer>...</answer>`. */
import type { Reward } from "../core/reward.ts";

const ACCURACY = 0.9;
const FORMAT = 0.1;

const FORM = /^\s*<think>([^]+?)<\/think>\s*<answer>(?:Not )?Vulnerable<\/answer>\s*$/;
const ANSWERS = /<answer>\s*(not[ _])?vulnerable\s*<\/answer>/gi;
const MARK = /<\/?(?:think|answer)>/i;

/** True: vulnerable. Null: no answer, or one of each, which says nothing. */
export function saidVerdict(completion: string): boolean | null {
  const said = new Set([...completion.matchAll(ANSWERS)].map(([, not]) => not === undefined));
  return said.size === 1 ? [...said][0]! : null;
}

/** The reasoning and one verdict, each in its own marks, and nothing else. */
export function hasForm(completion: string): boolean {
  const reasoning = FORM.exec(completion)?.[1];
  return reasoning !== undefined && reasoning.trim() !== "" && !MARK.test(reasoning);
}

/** An answer without a verdict is wrong. Components are the weighted terms. */
export function detectReward(completion: string, vulnerable: boolean): Reward {
  const accuracy = saidVerdict(completion) === vulnerable ? ACCURACY : 0;
  const format = hasForm(completion) ? FORMAT : 0;
  return { value: accuracy + format, components: { accuracy, format } };
}

/** An answer in the form that is rewarded. */
export const verdictText = (reasoning: string, vulnerable: boolean): string =>
  `<think>${reasoning}</think><answer>${vulnerable ? "Vulnerable" : "Not Vulnerable"}</answer>`;
