import { describe, expect, it } from "vitest";
import { makeRng } from "../util/rng.ts";
import { Curriculum } from "./curriculum.ts";

/** Share of each kind in 4000 draws. */
function shares(curriculum: Curriculum): Record<string, number> {
  const rng = makeRng(3);
  const out: Record<string, number> = {};
  for (let i = 0; i < 4000; i++) {
    const kind = curriculum.pick(rng);
    out[kind] = (out[kind] ?? 0) + 1 / 4000;
  }
  return out;
}

describe("a curriculum", () => {
  it("draws evenly as long as nothing is known", () => {
    for (const share of Object.values(shares(new Curriculum(["a", "b", "c", "d"]))))
      expect(share).toBeCloseTo(0.25, 1);
  });

  it("draws what is neither always nor never solved, and never forgets the rest", () => {
    const curriculum = new Curriculum(["solved", "mixed", "hopeless"]);
    for (let i = 0; i < 20; i++) {
      curriculum.record("solved", [1.5, 1.5, 1.5]);
      curriculum.record("mixed", [0, 1.5, 0, 1.5]);
      curriculum.record("hopeless", [0, 0, 0]);
    }
    const { solved, mixed, hopeless } = shares(curriculum) as { [kind: string]: number };
    expect(mixed!).toBeGreaterThan(0.8);
    expect(Math.min(solved!, hopeless!)).toBeGreaterThan(0.02);
  });

  it("learns nothing from groups without signal", () => {
    const curriculum = new Curriculum(["a"]);
    const before = curriculum.state();
    curriculum.record("a", [null, null, 1]);
    curriculum.record("unheard of", [0, 1]);
    expect(curriculum.state()).toEqual(before);
  });

  it("goes on from its state", () => {
    const first = new Curriculum(["a", "b"]);
    first.record("a", [0, 2]);
    const second = new Curriculum(["a", "b"], first.state());
    expect(shares(second)).toEqual(shares(first));
  });
});
