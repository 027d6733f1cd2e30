import { expect, it } from "vitest";
import { learningRateAt } from "./schedule.ts";

it("rises linearly to the peak, then falls along half a cosine to the floor and stays there", () => {
  const schedule = { peak: 2, warmupSteps: 4, totalSteps: 14, floor: 0.1 };
  const rates = [0, 1, 3, 4, 9, 14, 20].map((step) => learningRateAt(step, schedule));
  const expected = [0.5, 1, 2, 2, 1.1, 0.2, 0.2];
  rates.forEach((rate, i) => expect(rate).toBeCloseTo(expected[i]!, 12));
});
