/** A baseline: the findings that a project has accepted, by fingerprint, so that only new ones fail. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { ScanFinding } from "./types.ts";

const VERSION = 1;
const schema = z.strictObject({
  version: z.literal(VERSION),
  /** What a reader needs to know what was accepted; only the fingerprint counts. */
  findings: z.array(
    z.strictObject({ fingerprint: z.string().min(1), rule: z.string(), file: z.string(), line: z.int() }),
  ),
});

/** Fingerprints of a file. Throws InputError naming the file and the key. */
export function readBaseline(path: string): ReadonlySet<string> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InputError(`${path}: expected a baseline in JSON (${(cause as Error).message})`, {
      cause,
      hint: "make one with --write-baseline",
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return new Set(parsed.data.findings.map(({ fingerprint }) => fingerprint));
  const [issue] = parsed.error.issues;
  throw new InputError(`${path}: ${issue!.path.join(".") || "baseline"}: ${issue!.message}`);
}

/** What `readBaseline` reads. Suppressed findings have their reason in the source and stay out. */
export function baselineText(findings: readonly ScanFinding[]): string {
  const kept = findings.filter(({ suppression }) => suppression?.kind !== "in-source");
  const body = {
    version: VERSION,
    findings: kept.map(({ fingerprint, rule, file, line }) => ({ fingerprint, rule, file, line })),
  };
  return `${JSON.stringify(body, undefined, 2)}\n`;
}
