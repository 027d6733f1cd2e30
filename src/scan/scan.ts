/** A whole scan of a tree with analyzers, part by part, so that memory does not grow with the tree. */
import type { Analyzer, Finding } from "../analyzers/index.ts";
import { InfraError, SILENT, type EventSink } from "../core/index.ts";
import { blobHash } from "./changed.ts";
import { readSource, SkippedFile } from "./content.ts";
import { mergeFindings, place, type Reported } from "./findings.ts";
import type { ScanFinding, ScanReport, Skip } from "./types.ts";
import { unitsOf } from "./units.ts";
import { walkTree } from "./walk.ts";

/** What some analyzer reads, by the end of a file's name. Templates are read together with programs. */
export const READABLE = /\.(py|js|cjs|mjs|html|htm|jinja|jinja2|j2|ejs)$/;

export interface ScanOptions {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Path -> git's hash: only findings that touch a file of another content are reported. */
  readonly since?: ReadonlyMap<string, string>;
  /** Fingerprints that are known already. */
  readonly baseline?: ReadonlySet<string>;
  readonly emit?: EventSink;
  readonly signal?: AbortSignal;
  /** Sees every unit with its findings while the texts are at hand; what it returns takes their place. */
  readonly judge?: (
    files: Readonly<Record<string, string>>,
    findings: ScanFinding[],
  ) => Promise<ScanFinding[]>;
}

const STAGE = "scan";

/**
 * Reads each file once and runs nothing of it. The caller closes the analyzers. An analyzer that fails on a file is
 * named in `problems`, and the file is a finding of the rule `unreadable`. Throws InputError when `root` is no folder.
 */
export async function scanTree(
  root: string,
  analyzers: readonly Analyzer[],
  options: ScanOptions = {},
): Promise<ScanReport> {
  const { emit = SILENT, signal, since, baseline } = options;
  const begun = performance.now();
  const { paths, skipped: left } = await walkTree(root, { ...options, reads: READABLE });
  const skipped: Skip[] = [...left];
  const problems: string[] = [];
  const findings: ScanFinding[] = [];
  let [files, bytes, done] = [0, 0, 0];
  emit({ kind: "stage-start", stage: STAGE, total: paths.length });
  for (const unit of unitsOf(paths)) {
    signal?.throwIfAborted();
    const texts: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const path of unit) {
      try {
        texts[path] = await readSource(root, path);
        bytes += Buffer.byteLength(texts[path]);
        files++;
      } catch (error) {
        if (!(error instanceof SkippedFile)) throw error;
        skipped.push({ path, reason: error.reason });
      }
    }
    const changed = since === undefined ? undefined : changedOf(texts, since);
    if (changed === undefined || changed.size > 0) {
      const merged = (await analyse(analyzers, texts, problems))
        .filter((finding) => changed === undefined || touches(finding, changed))
        .map((finding) => withBaseline(finding, baseline));
      findings.push(...(options.judge === undefined ? merged : await options.judge(texts, merged)));
    }
    done += unit.length;
    emit({
      kind: "stage-step",
      stage: STAGE,
      done,
      total: paths.length,
      note: `${findings.length} findings`,
    });
  }
  emit({ kind: "stage-end", stage: STAGE, seconds: (performance.now() - begun) / 1000 });
  return {
    root,
    findings: findings.toSorted(place),
    files,
    bytes,
    skipped: skipped.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    analyzers: analyzers.map(({ name }) => name),
    model: null,
    problems,
  };
}

/** What analyzers say of files that belong together, each thing once. Failures become sentences in `problems`. */
export async function analyse(
  analyzers: readonly Analyzer[],
  texts: Readonly<Record<string, string>>,
  problems: string[],
): Promise<ScanFinding[]> {
  const reported: Reported[] = [];
  for (const analyzer of analyzers)
    for (const finding of await scanUnit(analyzer, texts, problems))
      reported.push({ analyzer: analyzer.name, finding: { ...finding, cwe: corrected(finding) } });
  return mergeFindings(reported, texts);
}

/** Bandit files what runs text as a program under the number of shell commands. */
const corrected = ({ rule, cwe }: Finding): string => (rule === "B102" || rule === "B307" ? "CWE-94" : cwe);

/** All findings of a unit; where the analyzer fails, of its halves, so that one bad file costs only itself. */
async function scanUnit(
  analyzer: Analyzer,
  texts: Readonly<Record<string, string>>,
  problems: string[],
): Promise<readonly Finding[]> {
  const paths = Object.keys(texts);
  try {
    return paths.length === 0 ? [] : await analyzer.scan(texts);
  } catch (error) {
    if (!(error instanceof InfraError)) throw error;
    const [first] = paths;
    if (paths.length === 1) {
      problems.push(`${first}: ${analyzer.name} failed: ${error.message}`);
      const message = `${analyzer.name} could not read this file.`;
      return [
        { rule: "unreadable", cwe: "", severity: "HIGH", confidence: "HIGH", file: first!, line: 1, message },
      ];
    }
    const out: Finding[] = [];
    const middle = Math.ceil(paths.length / 2);
    for (const half of [paths.slice(0, middle), paths.slice(middle)])
      out.push(
        ...(await scanUnit(analyzer, Object.fromEntries(half.map((path) => [path, texts[path]!])), problems)),
      );
    return out;
  }
}

function changedOf(
  texts: Readonly<Record<string, string>>,
  since: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const changed = Object.entries(texts).filter(([path, text]) => {
    const before = since.get(path);
    return before === undefined || blobHash(text, before) !== before;
  });
  return new Set(changed.map(([path]) => path));
}

const touches = (finding: ScanFinding, changed: ReadonlySet<string>): boolean =>
  changed.has(finding.file) || (finding.trace ?? []).some(({ file }) => changed.has(file));

function withBaseline(finding: ScanFinding, baseline: ReadonlySet<string> | undefined): ScanFinding {
  if (finding.suppression !== undefined || !baseline?.has(finding.fingerprint)) return finding;
  return { ...finding, suppression: { kind: "baseline", reason: "in the baseline" } };
}
