/** The insecure code detector: upstream's rules on many answers at once. */
import { createSemgrepAnalyzer } from "../../analyzers/index.ts";
import { SILENT, type EventSink } from "../../core/index.ts";
import { suffixOf } from "../../data/detection/index.ts";
import { createPatternSearch } from "./patterns.ts";
import type { Rules } from "./rules.ts";

export interface Snippet {
  readonly language: string;
  /** What the model wrote. */
  readonly code: string;
  /** What stands in front of it in the file. */
  readonly before: string | undefined;
}

export interface Issue {
  readonly cwe: string;
  readonly rule: string;
  readonly analyzer: "regex" | "semgrep";
  /** 1-based; of the code for patterns, of the whole file for Semgrep, as upstream counts. */
  readonly line: number;
}

export interface Detected {
  /** By snippet, in their order. */
  readonly issues: readonly (readonly Issue[])[];
  /** Searches that were given up: they count as no hit. */
  readonly gaveUp: readonly string[];
}

export interface DetectOptions {
  /** Undefined: Semgrep is not run, and what only its rules see is not seen. */
  readonly semgrep: { readonly command?: string } | undefined;
  readonly patternTimeoutMs?: number;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
}

/** Patterns see the code alone; Semgrep sees it behind what stands in front of it, and only hits inside it count. */
export async function detectInsecure(
  snippets: readonly Snippet[],
  rules: Rules,
  options: DetectOptions,
): Promise<Detected> {
  const { emit = SILENT, signal } = options;
  const issues: Issue[][] = snippets.map(() => []);
  const gaveUp: string[] = [];
  const languages = [...new Set(snippets.map(({ language }) => language))];
  const stage = "detector";
  let done = 0;
  const started = performance.now();
  emit({ kind: "stage-start", stage, total: snippets.length });
  for (const language of languages) {
    const mine = [...snippets.entries()].filter(([, snippet]) => snippet.language === language);
    const search = createPatternSearch(rules.regex(language), options.patternTimeoutMs);
    try {
      for (const [index, { code }] of mine) {
        signal?.throwIfAborted();
        const found = await search.search(code);
        for (const { rule, line } of found.hits)
          issues[index]!.push({ cwe: rule.cwe, rule: rule.id, analyzer: "regex", line });
        gaveUp.push(...found.gaveUp.map(({ id }) => `${language} ${id} on answer ${index + 1}`));
        emit({ kind: "stage-step", stage, done: ++done, total: snippets.length });
      }
    } finally {
      await search.close();
    }
    const config = options.semgrep === undefined ? undefined : rules.semgrep(language);
    if (config !== undefined) await runSemgrep(mine, config, options.semgrep!, issues);
  }
  emit({ kind: "stage-end", stage, seconds: (performance.now() - started) / 1000 });
  return { issues, gaveUp };
}

/** All answers in one language at once: a start of Semgrep costs more than reading hundreds of files. */
async function runSemgrep(
  mine: readonly (readonly [number, Snippet])[],
  config: string,
  semgrep: { readonly command?: string },
  issues: Issue[][],
): Promise<void> {
  const analyzer = createSemgrepAnalyzer({ config, timeoutMs: 1_800_000, ...semgrep });
  const nameOf = (index: number, language: string): string => `answer${index}.${suffixOf(language)}`;
  const files = Object.fromEntries(
    mine.map(([index, { language, code, before }]) => [nameOf(index, language), (before ?? "") + code]),
  );
  const found = await analyzer.scan(files);
  for (const [index, { language, code, before }] of mine) {
    const first = before ? lineCount(before) + 1 : 1;
    const last = first + lineCount(code) - 1;
    for (const { file, line, cwe, rule } of found)
      if (file === nameOf(index, language) && line >= first && line <= last)
        issues[index]!.push({ cwe, rule: rule.slice(rule.lastIndexOf(".") + 1), analyzer: "semgrep", line });
  }
}

/** As Python's splitlines counts: an end of line at the end begins no line. */
function lineCount(text: string): number {
  // oxlint-disable-next-line no-control-regex -- these end lines in Python
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  return lines.length - (lines.at(-1) === "" ? 1 : 0);
}
