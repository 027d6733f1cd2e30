/** Calibration on answers drawn from known probabilities: what was put in must come out. */
import { describe, expect, it } from "vitest";
import { probabilities } from "../model/calibration.ts";
import { makeRng } from "../util/rng.ts";
import { fitCalibration } from "./calibrate.ts";

const LABELS = 4;
/** Scores are uniform; the truth is drawn from the softmax of scores / temperature and `other`. */
function drawn(temperature: number, other: number | null, spread = 0, rows = 2000) {
  const rng = makeRng(7);
  const scores = Float32Array.from({ length: rows * LABELS }, () => 4 * rng.next() - 2);
  const targets = Int32Array.from({ length: rows }, (_, row) => {
    const own = probabilities(scores.subarray(row * LABELS, (row + 1) * LABELS), {
      temperature,
      other,
      spread,
    });
    let left = rng.next();
    for (let label = 0; label < LABELS; label++) if ((left -= own.labels[label]!) < 0) return label;
    return other === null ? LABELS - 1 : -1;
  });
  return { scores, targets, labels: LABELS };
}

describe("calibration", () => {
  it.each([
    [0.3, null],
    [2, null],
    [0.5, -1],
    [0.5, 2],
  ] as const)("finds temperature %s and other %s again", (temperature, other) => {
    const found = fitCalibration(drawn(temperature, other), 1);
    expect(Math.abs(Math.log(found.temperature / temperature))).toBeLessThan(0.1);
    if (other === null) expect(found.other).toBeNull();
    // The mean entropy of such rows is about 0.8 at 0.5: what matters is the sum.
    else expect(Math.abs(found.other! + 0.8 * found.spread - other)).toBeLessThan(0.3);
    expect(found).toMatchObject({ threshold: 0, coverage: 1 });
  });

  it("finds how much more often unsure texts are none of the labels", () => {
    const found = fitCalibration(drawn(0.5, -2, 3, 8000), 1);
    expect(Math.abs(found.temperature - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(found.other! + 2)).toBeLessThan(0.3);
    expect(Math.abs(found.spread - 3)).toBeLessThan(0.3);
  });

  it("takes the entropy at the temperature, whatever is added to all scores", () => {
    const settings = { temperature: 2, other: null, spread: 1 };
    const flat = probabilities([4, 4], { ...settings, other: 0 });
    // ln 2 nats: "other" weighs e^(ln 2) = 2 beside two labels of e^2 each.
    expect(flat.other).toBeCloseTo(2 / (2 + 2 * Math.exp(2)), 12);
    expect(flat.labels[0]! + flat.labels[1]! + flat.other).toBeCloseTo(1, 12);
  });

  it("chooses the threshold by the share that should be answered", () => {
    const rows = drawn(0.5, -1);
    const found = fitCalibration(rows, 0.8);
    expect(found.coverage).toBeCloseTo(0.8, 3);
    const tops = Array.from(rows.targets, (_, row) =>
      Math.max(...probabilities(rows.scores.subarray(row * LABELS, (row + 1) * LABELS), found).labels),
    );
    expect(tops.filter((top) => top >= found.threshold).length / tops.length).toBe(found.coverage);
  });

  it("keeps probabilities finite for huge scores", () => {
    const { labels, other } = probabilities([1e6, -1e6], { temperature: 0.01, other: 3, spread: 1 });
    expect([...labels, other]).toEqual([1, 0, 0]);
  });
});
