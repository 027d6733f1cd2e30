import { describe, expect, it } from "vitest";
import { decoupledAdvantages, groupAdvantages } from "./advantages.ts";

describe("groupAdvantages", () => {
  it("equals TRL's on the fixture's rewards (ddof 1, epsilon 1e-4)", () => {
    const [a, b] = groupAdvantages([
      [1, 0, 0.5, 0],
      [1, 1, 1, 0.25],
    ]);
    const expected = [1.305309772491455, -0.7831858992576599, 0.26106196641921997, -0.7831858992576599];
    a!.advantages.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    expect(b!.advantages[3]).toBeCloseTo(-1.4996001720428467, 6);
  });

  it("keeps null out of the mean and gives it no advantage", () => {
    const [group] = groupAdvantages([[1, null, 0]]);
    expect(group!.mean).toBe(0.5);
    expect(group!.nulls).toBe(1);
    expect(group!.advantages[1]).toBe(0);
    expect(group!.advantages[0]).toBeGreaterThan(0);
  });

  it("gives equal rewards no advantage and never divides by zero", () => {
    expect(groupAdvantages([[0.5, 0.5]])[0]!.advantages).toEqual([0, 0]);
    expect(
      groupAdvantages([
        [null, null],
        [0.7, null],
      ]).map((g) => g.advantages),
    ).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it("normalises several rewards apart before it adds them", () => {
    const groups = [
      [
        [1, 10],
        [0, 30],
        [null, null],
      ],
      [
        [1, 5],
        [1, null],
      ],
    ];
    const advantages = decoupledAdvantages(groups, [1, 0.5]);
    // By hand: half of a pair's distance over its deviation is 1 / sqrt 2, whatever the scale of the reward.
    const one = 0.5 / (Math.SQRT1_2 + 1e-4);
    const ten = 10 / (Math.sqrt(200) + 1e-4);
    const sums = [one - 0.5 * ten, -one + 0.5 * ten, 0, 0];
    const std = Math.sqrt(sums.reduce((sum, x) => sum + x * x, 0) / 3);
    expect(advantages[0]![2]).toBe(0);
    [advantages[0]![0], advantages[0]![1], ...advantages[1]!].forEach((value, i) =>
      expect(value).toBeCloseTo(sums[i]! / (std + 1e-4), 6),
    );
  });

  it("scales by the batch, or not at all", () => {
    const rewards = [
      [1, 0],
      [10, 0],
    ];
    const batch = groupAdvantages(rewards, "batch");
    expect(batch[1]!.advantages[0]! / batch[0]!.advantages[0]!).toBeCloseTo(10, 6);
    expect(groupAdvantages(rewards, "none")[0]!.advantages).toEqual([0.5, -0.5]);
  });
});
