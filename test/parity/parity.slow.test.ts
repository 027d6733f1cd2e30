import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { pythonCommand } from "../../src/util/python.ts";
import { projectRoot } from "../../src/util/root.ts";
import { maxAbs, ParityTable, writeReference } from "../support/reference.ts";
import { compareDecoder, copyDecoder } from "./decoders.ts";

const root = projectRoot();
const table = new ParityTable();
/** Another seed makes other weights and ids: the gates have to hold for any. */
const seed = Number(process.env["PARITY_SEED"] ?? 0);
const decoders = writeReference("architectures.py", seed);
const SKIPPED = " (skipped: this Python has no transformers; set IRONBARK_PYTHON to one that has)";

afterAll(() => {
  if (process.env["UPDATE_PARITY"] === "1") writeFileSync(join(root, "docs/parity.md"), page());
});

function page(): string {
  return `# Parity

Ironbark's numbers beside those of the libraries that define them, on tiny random checkpoints on the CPU, in float32
unless said otherwise. The gates are 10 to 30 times the noise between float32 and float64. \`max abs\` is the largest
absolute difference, \`rel L2\` the Euclidean norm of the difference over that of the reference, \`differing\` a count.

This page is written by \`UPDATE_PARITY=1 npx vitest run --project slow test/parity\`, with a Python that has the
libraries of \`python/requirements-dev.txt\` (the project's own, or the one that \`IRONBARK_PYTHON\` names).

${table.markdown()}
`;
}

describe.skipIf(decoders === undefined)(`decoders against transformers${decoders ? "" : SKIPPED}`, () => {
  const { folder = "", names = [], versions = {} } = decoders ?? {};
  const against = `transformers ${versions["transformers"]}`;

  it.each(names)("%s: states, logits, gradients, greedy ids", (name) =>
    compareDecoder(folder, name, table, against),
  );

  it("loads what we save and computes the same with it", async () => {
    const saved = await Promise.all(names.map((name) => copyDecoder(folder, name)));
    const originals = names.map((name) => join(folder, name));
    const run = spawnSync(pythonCommand(), [join(root, "test/support/logits.py"), ...originals, ...saved], {
      encoding: "utf8",
    });
    expect(run.stderr.split("\n").filter((line) => /Error/.test(line))).toEqual([]);
    const logits = run.stdout.trim().split("\n");
    expect(logits).toHaveLength(2 * names.length);
    names.forEach((name, i) => {
      const [theirs, ours] = [logits[i]!, logits[names.length + i]!].map(
        (line) => JSON.parse(line) as number[],
      );
      const what = `${name}: logits of the folder we save`;
      table.check({ what, against, measure: "max abs", difference: maxAbs(ours!, theirs!), gate: 0 });
    });
  });
});
