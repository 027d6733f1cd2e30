import { defineConfig } from "vitest/config";

// Tests of tensors count the living ones, so each file has a process of its own.
const TENSORS = ["src/torch/**/*.test.ts", "src/model/**/*.test.ts", "src/train/**/*.test.ts"];
const SLOW = "**/*.slow.test.ts";
const fast = { testTimeout: 30_000, hookTimeout: 60_000, maxWorkers: 2 };

// "fast" and "fast-tensors" are what `npm test` runs (under a minute); files of
// "fast" share a process, since importing everything anew for each was half of
// the time. "slow" needs minutes: whole scenario bodies, end-to-end runs, kill
// and resume.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...fast,
          name: "fast",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [SLOW, ...TENSORS, "node_modules/**"],
          isolate: false,
        },
      },
      {
        test: { ...fast, name: "fast-tensors", include: TENSORS, exclude: [SLOW] },
      },
      {
        test: {
          name: "slow",
          include: ["src/**/*.slow.test.ts", "test/**/*.slow.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
