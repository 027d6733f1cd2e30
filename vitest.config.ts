import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// Tests of tensors count the living ones, so each file has a process of its own.
const TENSORS = [
  "src/torch/**/*.test.ts",
  "src/train/**/*.test.ts",
  "src/model/lora/*.test.ts",
  "src/model/encoder-classifier.test.ts",
];
const SLOW = "**/*.slow.test.ts";
const fast = { testTimeout: 30_000, hookTimeout: 60_000, maxWorkers: 2 };

// The longest start first, or one of them runs alone at the end.
const LONGEST = [
  "test/recipes",
  "src/data/webapps/generate",
  "test/attacks",
  "test/parity/parity",
  "test/handwritten",
  "test/code-recipes",
  "src/sandbox/program",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`${name}.slow.test.ts`));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

// "fast" and "fast-tensors" are what `npm test` runs (under a minute); files of
// "fast" share a process, since importing everything anew for each was half of
// the time. "slow" needs minutes: whole scenario bodies, end-to-end runs, kill
// and resume.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
          // One more than cores: a good part of them waits for a time limit to strike.
          maxWorkers: 3,
          // Another number of workers makes a group of its own, after the fast ones.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
