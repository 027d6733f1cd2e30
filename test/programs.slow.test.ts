/** Every generated programming task is proven by running it: solutions do the work, attacks work on the tempting one only. */
import { afterAll, expect, it } from "vitest";
import { generatePrograms } from "../src/data/programs/index.ts";
import { createProgramPool } from "../src/sandbox/index.ts";
import { mapLimit } from "../src/util/concurrency.ts";
import { createProgramGrader, validateTask } from "../src/verify/programs/index.ts";
import { WHOLE } from "../src/testing/whole.ts";

const pool = createProgramPool();
afterAll(() => pool.close());

it("proves every task, or three of each family; of at least 200 at least 80 have attacks", async () => {
  const all = generatePrograms({ seed: 1, perFamily: 10 });
  const tasks = WHOLE ? all : generatePrograms({ seed: 1, perFamily: 3 });
  const grader = createProgramGrader({ pool });
  const results = await mapLimit(tasks, pool.workers, (task) => validateTask(grader, task));
  expect(results.filter(({ problems }) => problems.length > 0)).toEqual([]);
  expect(all.length).toBeGreaterThanOrEqual(200);
  expect(all.filter(({ security }) => security !== undefined).length).toBeGreaterThanOrEqual(80);
});
