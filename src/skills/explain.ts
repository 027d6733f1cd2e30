/** The skill that explains a finding: what the weakness allows, where it stands, and how it is fixed. */
import { z } from "zod";
import { knownAdvice } from "../scan/index.ts";
import type { SkillAnswer } from "./types.ts";

export const ExplainSchema = z.object({
  cwe: z.string().regex(/^CWE-\d{1,5}$/, "expected CWE-NUMBER"),
  message: z.string().max(1000).optional().describe("What the analyzer said"),
  file: z.string().max(200).optional(),
  line: z.int().positive().optional(),
  code: z
    .string()
    .max(100_000)
    .optional()
    .describe("The file's source, to show the line in its surroundings"),
});

const AROUND = 3;

/** From the table of the scanner; a weakness that is not in it is said to be unknown. */
export function explain({ cwe, message, file, line, code }: z.infer<typeof ExplainSchema>): SkillAnswer {
  const known = knownAdvice(cwe);
  const excerpt = code === undefined || line === undefined ? null : excerptOf(code, line);
  const place = file === undefined ? "" : ` in ${file}${line === undefined ? "" : `:${line}`}`;
  const data = {
    cwe,
    title: known?.title ?? null,
    risk: known?.harm ?? null,
    fix: known?.fix ?? null,
    excerpt,
    reference: `https://cwe.mitre.org/data/definitions/${cwe.slice(4)}.html`,
  };
  const text = [
    known === undefined
      ? `${cwe}${place}: not in the table of explanations.`
      : `${cwe} ${known.title}${place}.`,
    ...(message === undefined ? [] : [`The analyzer says: ${message}`]),
    ...(known === undefined ? [] : [known.harm, `To fix it: ${known.fix}`]),
    ...(excerpt === null ? [] : [excerpt]),
    data.reference,
  ].join("\n");
  return { text, data };
}

function excerptOf(code: string, line: number): string | null {
  const lines = code.split("\n");
  if (line > lines.length) return null;
  const from = Math.max(0, line - 1 - AROUND);
  return lines
    .slice(from, line + AROUND)
    .map((text, index) => `${from + index + 1 === line ? ">" : " "} ${from + index + 1}| ${text}`)
    .join("\n");
}
