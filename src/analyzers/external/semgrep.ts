/** Semgrep as an analyzer, where its command line is installed. */
import { tmpdir } from "node:os";
import { z } from "zod";
import { InfraError, type Files } from "../../core/index.ts";
import type { Analyzer, Finding, Level } from "../types.ts";
import { firstCwe } from "./cwe.ts";
import { runProgramFor, withFolder } from "./program.ts";

export interface SemgrepOptions {
  /** What `--config` takes: a file or folder of rules, or a name of the registry, which needs the network. */
  readonly config: string;
  readonly command?: string;
  readonly timeoutMs?: number;
}

const INSTALL = "pip install semgrep";
/** A comment in a program must not silence what is found in it, nor may a file say which files count. */
const FLAGS =
  "scan --json --quiet --metrics=off --disable-version-check --disable-nosem --no-git-ignore".split(" ");
const SEVERITIES: Readonly<Record<string, Level>> = {
  CRITICAL: "HIGH",
  HIGH: "HIGH",
  ERROR: "HIGH",
  MEDIUM: "MEDIUM",
  WARNING: "MEDIUM",
  LOW: "LOW",
  INFO: "LOW",
};

const REPORT = z.looseObject({
  results: z.array(
    z.looseObject({
      check_id: z.string(),
      path: z.string(),
      start: z.looseObject({ line: z.int() }),
      extra: z.looseObject({
        message: z.string(),
        severity: z.string(),
        metadata: z
          .looseObject({ cwe: z.unknown().optional(), confidence: z.string().optional() })
          .optional(),
      }),
    }),
  ),
});

/** Its version. Throws PrerequisiteError where it is not installed. */
export async function semgrepVersion(command = "semgrep"): Promise<string> {
  // Without the flag it asks the network whether it is the newest, which takes minutes where there is none.
  const args = ["--version", "--disable-version-check"];
  const call = { command, args, cwd: tmpdir(), timeoutMs: 60_000, install: INSTALL };
  return (await runProgramFor(call)).trim();
}

/** `scan` throws PrerequisiteError where Semgrep is not installed. Files that it cannot parse have no findings. */
export function createSemgrepAnalyzer(options: SemgrepOptions): Analyzer {
  const { config, command = "semgrep", timeoutMs = 300_000 } = options;
  return {
    name: "semgrep",
    async scan(files: Files): Promise<readonly Finding[]> {
      if (Object.keys(files).length === 0) return [];
      return withFolder(withoutIgnoring(files), async (cwd) => {
        const text = await runProgramFor({
          command,
          args: [...FLAGS, "--config", config, "."],
          cwd,
          timeoutMs,
          // 1: findings, when it was told so by its environment.
          okay: [0, 1],
          install: INSTALL,
        });
        return readReport(text, command);
      });
    },
    close: async () => {},
  };
}

const IGNORE = ".semgrepignore";

/** No file of the scanned says what is left out, nor does the program's own list, which has folders named `test`. */
function withoutIgnoring(files: Files): Files {
  const kept = Object.entries(files).filter(([path]) => path.split("/").at(-1) !== IGNORE);
  return { ...Object.fromEntries(kept), [IGNORE]: "# nothing\n" };
}

function readReport(text: string, command: string): Finding[] {
  const report = REPORT.safeParse(parseJson(text));
  if (!report.success)
    throw new InfraError("grader", `${command}: its report lacks ${report.error.issues[0]!.path.join(".")}`);
  return report.data.results.map(({ check_id: rule, path, start, extra }) => ({
    rule,
    // `cwe_id`: rules of PurpleLlama.
    cwe: firstCwe(extra.metadata?.cwe ?? extra.metadata?.["cwe_id"]),
    severity: SEVERITIES[extra.severity.toUpperCase()] ?? "MEDIUM",
    confidence: SEVERITIES[(extra.metadata?.confidence ?? "").toUpperCase()] ?? "MEDIUM",
    file: path.replace(/^\.\//, ""),
    line: start.line,
    message: extra.message,
  }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
