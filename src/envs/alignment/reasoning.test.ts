/** Which of a sampler's answers become examples of the reward model's cold start. */
import { expect, it } from "vitest";
import { InfraError, type Completion, type Sampler } from "../../core/index.ts";
import { verdictText } from "../../rewards/detect.ts";
import type { KeyedLog } from "../../runs/keyed-log.ts";
import { reasonBySampler, type ReasoningOptions } from "./reasoning.ts";

const rows = ["a", "b", "c", "d"].map((id, index) => ({
  id,
  code: `print("${id}")`,
  language: "python",
  cwe: ["CWE-89"],
  is_vulnerable: index % 2 === 0,
}));

function memory(): KeyedLog<Completion> {
  const kept = new Map<string, Completion>();
  return {
    get: (key) => kept.get(key),
    entries: () => kept.entries(),
    put: (key, value) => void kept.set(key, value),
    close: () => {},
  };
}

/** Each row's answers in turn; an error is a failure. */
function sampler(answers: Readonly<Record<string, readonly (string | Error)[]>>): Sampler {
  const at = new Map<string, number>();
  return {
    name: "scripted",
    identity: {},
    parallel: 1,
    async complete({ prompt }) {
      const id = /print\("(.)"\)/.exec(prompt)![1]!;
      const turn = at.get(id) ?? 0;
      at.set(id, turn + 1);
      const text = answers[id]![turn]!;
      if (text instanceof Error) throw text;
      return { text, finished: true, promptTokens: 1, completionTokens: 1, ms: 1 };
    },
    close: async () => {},
  };
}

const options = (from: Sampler, more: Partial<ReasoningOptions> = {}): ReasoningOptions => ({
  sampler: from,
  template: "{cwe}\n{code}",
  sampling: { temperature: 0.8, topP: 1, maxTokens: 64 },
  samples: 3,
  keep: 2,
  seed: 1,
  completions: memory(),
  ...more,
});

it("keeps what comes to the label in form, once each, and counts the rest", async () => {
  const right = verdictText("pasted", true);
  const { reasoned, counts } = await reasonBySampler(
    rows,
    options(
      sampler({
        a: [right, `<think>\n pasted \n</think>\n<answer>Vulnerable</answer>`, verdictText("other", true)],
        b: [right, "no idea", verdictText("checked", false)],
        c: ["<answer>Vulnerable</answer>", right + verdictText("checked", false), verdictText("no", false)],
        d: [verdictText("checked", false), new InfraError("provider", "down"), verdictText("fine", false)],
      }),
    ),
  );
  expect(reasoned.map(({ id, answer }) => [id, answer])).toEqual([
    ["a", right],
    ["a", verdictText("other", true)],
    ["b", verdictText("checked", false)],
  ]);
  expect(counts).toEqual({ asked: 9, rows: 2, kept: 3, wrong: 2, unclear: 2, dropped: 2, unanswered: 1 });
});

it("asks again only for what is missing", async () => {
  const completions = memory();
  const fine = verdictText("checked", false);
  const two = rows.slice(1, 2);
  await reasonBySampler(
    two,
    options(sampler({ b: [fine, fine, new InfraError("provider", "down")] }), { completions }),
  );
  const { counts } = await reasonBySampler(two, options(sampler({ b: [fine] }), { completions }));
  expect(counts).toMatchObject({ asked: 3, kept: 1, unanswered: 0 });
});
