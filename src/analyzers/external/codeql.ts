/** CodeQL as an analyzer, where its command line is installed: a database per language, then its security queries. */
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { InfraError, type Files } from "../../core/index.ts";
import type { Analyzer, Finding, Level } from "../types.ts";
import { firstCwe } from "./cwe.ts";
import { runProgramFor, withFolder } from "./program.ts";

export interface CodeqlOptions {
  readonly command?: string;
  /** Queries instead of the language's own security suite, for instance a path of a `.qls` file. */
  readonly suite?: string;
  /** Of one step; making a database of a few files takes the better part of a minute. */
  readonly timeoutMs?: number;
}

const INSTALL = "unpack the CodeQL bundle of github.com/github/codeql-action and put its folder on the PATH";

/** Languages that need no build, by what files are called. */
const LANGUAGES: Readonly<Record<string, RegExp>> = {
  python: /\.py$/,
  javascript: /\.(js|cjs|mjs|jsx|ts|tsx)$/,
};

const rule = z.looseObject({
  id: z.string(),
  properties: z
    .looseObject({
      tags: z.array(z.string()).optional(),
      precision: z.string().optional(),
      "security-severity": z.string().optional(),
      "problem.severity": z.string().optional(),
    })
    .optional(),
});
const SARIF = z.looseObject({
  runs: z.array(
    z.looseObject({
      tool: z.looseObject({
        driver: z.looseObject({ rules: z.array(rule).optional() }),
        extensions: z.array(z.looseObject({ rules: z.array(rule).optional() })).optional(),
      }),
      results: z.array(
        z.looseObject({
          ruleId: z.string().optional(),
          rule: z.looseObject({ id: z.string().optional() }).optional(),
          message: z.looseObject({ text: z.string() }),
          locations: z.array(
            z.looseObject({
              physicalLocation: z.looseObject({
                artifactLocation: z.looseObject({ uri: z.string() }),
                region: z.looseObject({ startLine: z.int() }).optional(),
              }),
            }),
          ),
        }),
      ),
    }),
  ),
});
type Rule = z.infer<typeof rule>;

/** Its version. Throws PrerequisiteError where it is not installed. */
export async function codeqlVersion(command = "codeql"): Promise<string> {
  const args = ["version", "--format=terse"];
  const call = { command, args, cwd: tmpdir(), timeoutMs: 60_000, install: INSTALL };
  return (await runProgramFor(call)).trim();
}

/** `scan` throws PrerequisiteError where CodeQL is not installed; files of other languages are skipped. */
export function createCodeqlAnalyzer(options: CodeqlOptions = {}): Analyzer {
  const { command = "codeql", suite, timeoutMs = 600_000 } = options;
  const analyse = (language: string, files: Files): Promise<Finding[]> =>
    withFolder(
      Object.fromEntries(Object.entries(files).map(([path, text]) => [join("source", path), text])),
      async (folder) => {
        const call = (...args: string[]) =>
          runProgramFor({ command, args, cwd: folder, timeoutMs, install: INSTALL });
        await call(
          "database",
          "create",
          "database",
          `--language=${language}`,
          "--source-root=source",
          "--quiet",
        );
        const queries = suite ?? `codeql/${language}-queries:codeql-suites/${language}-security-extended.qls`;
        await call(
          "database",
          "analyze",
          "database",
          queries,
          "--quiet",
          "--format=sarif-latest",
          "--output=report.sarif",
        );
        return readSarif(await readFile(join(folder, "report.sarif"), "utf8"), command);
      },
    );
  return {
    name: "codeql",
    async scan(files) {
      const found: Finding[] = [];
      for (const [language, pattern] of Object.entries(LANGUAGES)) {
        const mine = Object.entries(files).filter(([path]) => pattern.test(path));
        if (mine.length > 0) found.push(...(await analyse(language, Object.fromEntries(mine))));
      }
      return found;
    },
    close: async () => {},
  };
}

/** Throws InfraError for what is no SARIF 2.1.0. */
function readSarif(text: string, command: string): Finding[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Said below.
  }
  const report = SARIF.safeParse(json);
  if (!report.success)
    throw new InfraError("grader", `${command}: its report lacks ${report.error.issues[0]!.path.join(".")}`);
  return report.data.runs.flatMap(({ tool, results }) => {
    const rules = new Map(
      [tool.driver, ...(tool.extensions ?? [])].flatMap((part) =>
        (part.rules ?? []).map((one) => [one.id, one] as const),
      ),
    );
    return results.map(({ ruleId, rule: named, message, locations }) => {
      const id = ruleId ?? named?.id ?? "";
      const place = locations[0]?.physicalLocation;
      return {
        rule: id,
        cwe: firstCwe(rules.get(id)?.properties?.tags),
        ...levelsOf(rules.get(id)),
        file: decodeURIComponent(place?.artifactLocation.uri ?? ""),
        line: place?.region?.startLine ?? 1,
        message: message.text,
      };
    });
  });
}

/** `security-severity` is a CVSS score; without one the query's own word counts. */
function levelsOf(one: Rule | undefined): { severity: Level; confidence: Level } {
  const { precision = "", ...properties } = one?.properties ?? {};
  const score = Number(properties["security-severity"] ?? Number.NaN);
  const word = properties["problem.severity"];
  const byWord: Level = word === "error" ? "HIGH" : word === "recommendation" ? "LOW" : "MEDIUM";
  return {
    severity: Number.isNaN(score) ? byWord : score >= 7 ? "HIGH" : score >= 4 ? "MEDIUM" : "LOW",
    confidence: /high/.test(precision) ? "HIGH" : precision === "low" ? "LOW" : "MEDIUM",
  };
}
