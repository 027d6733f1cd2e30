/** A tensor that nobody disposed is freed once the garbage collector finds it. */
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { liveTensors, ones, tidy } from "./index.ts";

test("tensors outside every scope are freed by the collector, disposed ones only once", async () => {
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc") as () => void;
  const before = liveTensors();
  const held = ones([1]);
  for (let i = 0; i < 100; i++) {
    ones([1]);
    tidy(() => ones([1]));
    ones([1]).dispose();
  }
  expect(liveTensors()).toBe(before + 201);
  for (let i = 0; i < 20 && liveTensors() > before + 1; i++) {
    collect();
    await turn();
  }
  expect(liveTensors()).toBe(before + 1);
  expect(held.item()).toBe(1);
  held.dispose();
});
