/** Which generated applications train a patch policy and which are held out. */
import type { Scenario } from "../../src/core/scenario.ts";
import { FAMILIES, generateScenario, type FamilySplit } from "../../src/data/webapps/index.ts";
import type { Curriculum } from "../../src/rollout/curriculum.ts";
import { makeRng, type Rng } from "../../src/util/rng.ts";

const familiesOf = (split: FamilySplit): string[] =>
  FAMILIES.filter((family) => family.split === split).map((family) => family.id);

/** Seeds below are for training, seeds from here on for evaluation: no application can be in both. */
const HELD_OUT_SEED = 0x40000000;

const trainingScenario = (family: string, rng: Rng): Scenario =>
  generateScenario(family, rng.int(HELD_OUT_SEED), { identifiers: "common" });

/** An application to demonstrate: a training family, identifiers of the common pool. */
export const drawTraining = (rng: Rng): Scenario => trainingScenario(rng.pick(familiesOf("train")), rng);

/** Families to practise on: those that are demonstrated, and those for which there is only the oracle. */
export const PRACTISED: readonly string[] = [...familiesOf("train"), ...familiesOf("practice")];

/** An application of the family that the curriculum picks. */
export const drawPractice = (rng: Rng, curriculum: Curriculum): Scenario =>
  trainingScenario(curriculum.pick(rng), rng);

/** instances: training families; families: held-out pairings of known parts; novel: constructs never seen. */
export const EVAL_SPLITS = ["instances", "families", "novel"] as const;
export type EvalSplit = (typeof EVAL_SPLITS)[number];

const SPLIT_FAMILIES: Readonly<Record<EvalSplit, FamilySplit>> = {
  instances: "train",
  families: "compositional",
  novel: "novel",
};

/** `count` distinct held-out applications, families in turn, identifiers of the unseen pool. */
export function heldOut(split: EvalSplit, count: number, seed: number): Scenario[] {
  const rng = makeRng(`held-out/${split}/${seed}`);
  const families = rng.shuffle(familiesOf(SPLIT_FAMILIES[split]));
  return Array.from({ length: count }, (_, i) =>
    generateScenario(families[i % families.length]!, HELD_OUT_SEED + rng.int(HELD_OUT_SEED), {
      identifiers: "unseen",
    }),
  );
}
