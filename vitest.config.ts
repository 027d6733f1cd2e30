import { defineConfig } from "vitest/config";

// "fast" is what `npm test` runs (under a minute); "slow" needs minutes: whole
// scenario bodies, end-to-end runs, kill and resume.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "fast",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/*.slow.test.ts", "node_modules/**"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
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
