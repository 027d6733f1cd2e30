/** What the cards of the patch policies say beside their numbers. */
import { measuredOn, type BaseModel, type Measured, type ModelFacts } from "../../src/runs/index.ts";
import type { Assessment } from "./assess.ts";
import { EVAL_SPLITS } from "./scenarios.ts";

const SHOWN = ["reward", "identified", "blocked", "broken", "syntax_error"];

const SPLITS = {
  instances: "new applications of practised families",
  families: "held-out families made of known parts",
  novel: "constructs that training never saw",
} as const;

const DATA = {
  demonstrations: {
    name: "ironbark-web-demonstrations",
    description:
      "generated vulnerable Flask applications with correct patches; no page or repository of others",
    made: "from a seed",
  },
  practice: {
    name: "ironbark-web-practice",
    description:
      "generated vulnerable Flask applications; the reward is whether an attack that worked before the patch still works and the checks still pass",
    made: "from a seed",
  },
} as const;

export interface PatchModel {
  readonly folder: string;
  readonly name: string;
  readonly base: BaseModel | undefined;
  readonly data: readonly (keyof typeof DATA)[];
  readonly measured: readonly Measured[];
}

export function patchFacts({ folder, name, base, data, measured }: PatchModel): ModelFacts {
  return {
    folder,
    name,
    task: "text-generation",
    summary:
      "A small policy that names the weakness of a small Python web application and edits a line of it.",
    ...(base === undefined ? {} : { base }),
    data: data.map((one) => DATA[one]),
    measured,
    uses: [
      "trying Ironbark's training loop on a laptop",
      "a start for further training in the patch environment",
    ],
    notFor: ["reviewing or patching software that anybody depends on", "languages other than Python"],
    limits: [
      "Its vocabulary and grammar cover Flask applications like those that Ironbark generates; hand-written ones are mostly out of its reach.",
      "A blocked attack means that the attacks which were run failed, not that no other one works.",
      "Three weaknesses: SQL injection, cross-site scripting, path traversal.",
    ],
  };
}

/** Numbers after training, split by split. */
export function measuredAfter({ splits, handwritten }: Assessment): Measured[] {
  return [
    ...EVAL_SPLITS.flatMap((split) => measuredOn(SPLITS[split], { ...splits[split] }, SHOWN)),
    ...measuredOn("hand-written applications", { ...handwritten }, SHOWN),
  ];
}
