/** A clock made up: the beat itself is not waited for. */
import { expect, it } from "vitest";
import { startPulse } from "./pulse.ts";

it("knows the longest time without a beat, also one that ends when it is asked", () => {
  let now = 0;
  const pulse = startPulse(() => now);
  now = 40;
  expect(pulse.longestGap()).toBe(0);
  now = 3090;
  expect(pulse.longestGap()).toBe(3000);
  now = 3200;
  expect(pulse.longestGap()).toBe(3000);
  pulse.stop();
});
