/** A project's own tests, run in isolation on a copy, with and without a proposed patch. */
import { applyPatch, InfraError, type Files } from "../core/index.ts";
import type { ProgramPool } from "../sandbox/index.ts";
import { readSource, SkippedFile } from "./content.ts";
import type { ScanFinding, Verification } from "./types.ts";
import type { Verified } from "./verify.ts";
import { walkTree } from "./walk.ts";

/** Of a copy: it lives in memory. */
const MAX_BYTES = 32 * 1024 * 1024;
const SHOWN = 400;
/** Beside the runner's own file, which must not take the place of one of the project's. */
const FOLDER = "project";

export const TEST_LIMITS = {
  cpuSeconds: 120,
  wallMs: 180_000,
  budgetMs: 200_000,
  diskBytes: 128 * 1024 * 1024,
  inodes: 16_384,
  fileBytes: 64 * 1024 * 1024,
  openFiles: 256,
} as const;

interface Run {
  readonly passed: boolean;
  readonly says: string;
}

/**
 * Runs `command` by a shell in a copy of the text files of `root`: what is ignored, binary or a dependency stays
 * outside, and there is no network. Without tests that pass on the tree as it is, nothing is said about a patch.
 */
export async function testPatches(
  root: string,
  findings: readonly ScanFinding[],
  command: string,
  pool: ProgramPool,
): Promise<Verified> {
  const files = await copyOf(root);
  const before = await run(pool, command, files);
  if (!before.passed)
    return { findings, problems: [`--test-command does not pass on the tree as it is: ${before.says}`] };
  const out: ScanFinding[] = [];
  for (const finding of findings) {
    if (finding.patch === undefined) out.push(finding);
    else {
      const after = await run(pool, command, applyPatch(files, finding.patch.edits));
      out.push({ ...finding, verification: withTests(finding.verification, after) });
    }
  }
  return { findings: out, problems: [] };
}

/** Attacks say more than tests: what they said stays. */
function withTests(known: Verification | undefined, { passed, says }: Run): Verification {
  const words = `the project's tests ${passed ? "pass" : "fail"} with the proposed patch${says === "" ? "" : ` (${says})`}`;
  const evidence = [...(known?.evidence ?? []), { name: "test command", passed, detail: says }];
  if (known?.patch) return { ...known, evidence, says: `${known.says}; ${words}` };
  return {
    finding: known?.finding ?? "unverified",
    patch: passed ? "tests-pass" : "tests-fail",
    says: `${known?.finding === "exploit" ? `${known.says} ` : ""}${words[0]!.toUpperCase()}${words.slice(1)}.`,
    evidence,
  };
}

async function copyOf(root: string): Promise<Record<string, string>> {
  const { paths } = await walkTree(root, { reads: /./ });
  const files: Record<string, string> = {};
  let bytes = 0;
  for (const path of paths) {
    try {
      const text = await readSource(root, path);
      bytes += Buffer.byteLength(text);
      if (bytes > MAX_BYTES)
        throw new InfraError("sandbox", `--test-command: the copy would exceed ${MAX_BYTES} bytes`);
      files[path] = text;
    } catch (error) {
      if (!(error instanceof SkippedFile)) throw error;
    }
  }
  return files;
}

async function run(pool: ProgramPool, command: string, files: Files): Promise<Run> {
  const source = [
    "import subprocess, sys",
    `done = subprocess.run(["/bin/sh", "-c", ${JSON.stringify(command)}], cwd=${JSON.stringify(FOLDER)},`,
    "    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)",
    `sys.stdout.write(done.stdout.decode("utf-8", "replace")[-${SHOWN}:])`,
    "sys.exit(0 if done.returncode == 0 else 1)",
  ].join("\n");
  const placed = Object.fromEntries(Object.entries(files).map(([path, text]) => [`${FOLDER}/${path}`, text]));
  const report = await pool.run({ language: "python", source }, [{ input: "", world: { files: placed } }]);
  const [only] = report.runs;
  if (only === undefined) throw new InfraError("sandbox", "--test-command did not run");
  const passed = only.how === "ended" && only.code === 0;
  const how = only.how === "ended" ? "" : `ended for ${only.how}: `;
  return { passed, says: `${how}${(passed ? "" : `${only.stdout}${only.stderr}`).trim().slice(-SHOWN)}` };
}
