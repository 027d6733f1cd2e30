import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { pythonCommand } from "../../src/util/python.ts";
import { projectRoot } from "../../src/util/root.ts";
import { sized } from "../../src/testing/whole.ts";
import { loadSafetensors } from "../../src/torch/index.ts";
import { NO_TRAINERS, trainersPython } from "../trainers/upstream.ts";
import { maxAbs, ParityTable, writeReference } from "../support/reference.ts";
import { compareAdapter } from "./adapters.ts";
import { compareDecoder, copyDecoder } from "./decoders.ts";
import { compareEncoder, copyEncoder } from "./encoders.ts";
import { compareLosses } from "./losses.ts";

const root = projectRoot();
const table = new ParityTable();
/** Another seed makes other weights and ids: the gates have to hold for any. */
const seed = Number(process.env["PARITY_SEED"] ?? 0);
const decoders = writeReference("architectures.py", seed);
const encoders = writeReference("encoders.py", seed);
const adapters = writeReference("adapters.py", seed);
/** What TRL computed, and the script that made it, which makes others with other seeds. */
const fixture = join(root, "../shared/parity");
const trainers = existsSync(fixture) ? trainersPython("trl, peft") : undefined;
const SKIPPED =
  " (skipped: this Python has not the libraries to compare with; set IRONBARK_PYTHON to one that has)";

afterAll(() => {
  if (process.env["UPDATE_PARITY"] === "1") writeFileSync(join(root, "docs/parity.md"), page());
});

function page(): string {
  return `# Parity

Ironbark's numbers beside those of the libraries that define them, on tiny random checkpoints on the CPU, in float32
unless said otherwise. The gates are 10 to 30 times the noise between float32 and float64. \`max abs\` is the largest
absolute difference, \`rel L2\` the Euclidean norm of the difference over that of the reference, \`differing\` a count.

This page is written by \`UPDATE_PARITY=1 npx vitest run --project slow test/parity\`, with a Python that has the
libraries of \`python/requirements-dev.txt\` (the project's own, or the one that \`IRONBARK_PYTHON\` names), and for the
losses one with TRL (\`scripts/setup.sh --trainers\`, or \`IRONBARK_TRAINERS_PYTHON\`). Differences of losses are relative,
to at least 0.5.

${table.markdown()}
`;
}

/** What transformers computes with the folders that we wrote, beside the same with those that it wrote. */
function compareSaved(
  folder: string,
  names: readonly string[],
  saved: readonly string[],
  against: string,
): void {
  const originals = names.map((name) => join(folder, name));
  const run = spawnSync(pythonCommand(), [join(root, "test/support/logits.py"), ...originals, ...saved], {
    encoding: "utf8",
  });
  expect(run.stderr.split("\n").filter((line) => /Error|MISSING|UNEXPECTED/.test(line))).toEqual([]);
  const values = run.stdout.trim().split("\n");
  expect(values).toHaveLength(2 * names.length);
  names.forEach((name, i) => {
    const [theirs, ours] = [values[i]!, values[names.length + i]!].map(
      (line) => JSON.parse(line) as number[],
    );
    const what = `${name}: outputs of the folder we save`;
    table.check({ what, against, measure: "max abs", difference: maxAbs(ours!, theirs!), gate: 0 });
  });
}

describe.skipIf(decoders === undefined)(`decoders against transformers${decoders ? "" : SKIPPED}`, () => {
  const { folder = "", names = [], versions = {} } = decoders ?? {};
  const against = `transformers ${versions["transformers"]}`;

  it.each(names)("%s: states, logits, gradients, greedy ids", (name) =>
    compareDecoder(folder, name, table, against),
  );

  it("loads what we save and computes the same with it", async () => {
    const saved = await Promise.all(names.map((name) => copyDecoder(folder, name)));
    compareSaved(folder, names, saved, against);
  });
});

describe.skipIf(encoders === undefined)(`encoders against transformers${encoders ? "" : SKIPPED}`, () => {
  const { folder = "", names = [], versions = {} } = encoders ?? {};
  const against = `transformers ${versions["transformers"]}`;
  it.each(names)("%s: states, pooling, classes, gradients", (name) =>
    compareEncoder(folder, name, table, against),
  );

  it("loads what we save and computes the same with it", async () => {
    const saved = await Promise.all(names.map((name) => copyEncoder(folder, name)));
    compareSaved(folder, names, saved, against);
  });
});

describe.skipIf(adapters === undefined)(`adapters against PEFT${adapters ? "" : SKIPPED}`, () => {
  const { folder = "", names = [], versions = {} } = adapters ?? {};
  const against = `peft ${versions["peft"]}`;

  it("computes the same with PEFT's adapters, and PEFT with ours", async () => {
    const saved: [string, string][] = [];
    for (const name of names) saved.push(await compareAdapter(folder, name, table, against));
    const run = spawnSync(
      pythonCommand(),
      [join(root, "test/support/adapters.py"), "--apply", ...saved.flat()],
      {
        encoding: "utf8",
      },
    );
    const lines = run.stdout.trim().split("\n");
    expect(lines, run.stderr.slice(-1000)).toHaveLength(names.length);
    names.forEach((name, i) => {
      const expected = loadSafetensors(join(folder, name, "reference.safetensors"))
        .get("logits")!
        .toNumbers();
      const difference = maxAbs(JSON.parse(lines[i]!) as number[], expected);
      const what = `${name}: logits of the folder we save`;
      table.check({ what, against, measure: "max abs", difference, gate: 0 });
    });
  });
});

describe.skipIf(!existsSync(fixture))("losses against TRL", () => {
  it("has the numbers of the published fixture", () =>
    compareLosses(fixture, "fixture", table, "trl 1.13.0, peft 0.21.0"));

  const skipped = trainers === undefined ? ` (skipped: ${NO_TRAINERS})` : "";
  it.skipIf(trainers === undefined)(`has those of fixtures with fresh seeds${skipped}`, async () => {
    const versions = spawnSync(
      trainers!,
      ["-c", "import trl, peft; print(f'trl {trl.__version__}, peft {peft.__version__}')"],
      { encoding: "utf8" },
    ).stdout.trim();
    for (let fresh = seed + 1; fresh <= seed + sized(1, 4); fresh++) {
      const folder = mkdtempSync(join(tmpdir(), "ironbark-parity-trl-"));
      const scripts = [join(root, "test/support/trl_fixture.py"), join(fixture, "parity_ref.py")];
      const run = spawnSync(trainers!, [...scripts, folder, "--seed", String(fresh)], { encoding: "utf8" });
      expect(run.status, run.stderr.slice(-1000)).toBe(0);
      await compareLosses(folder, "fixture, fresh seeds", table, versions);
      rmSync(folder, { recursive: true });
    }
  });
});
