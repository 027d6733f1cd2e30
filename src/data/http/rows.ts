/** Labelled pairs as JSON Lines. */
import { httpPairSchema, type HttpPair } from "../../core/index.ts";

export interface RefusedRow {
  /** `pairs.jsonl:12`. */
  readonly where: string;
  readonly reason: string;
}

export interface ReadRows {
  readonly pairs: readonly HttpPair[];
  readonly refused: readonly RefusedRow[];
}

/** Rows that do not fit are named with the reason, and the rest is read. */
export function readRows(text: string, where: string): ReadRows {
  const pairs: HttpPair[] = [];
  const refused: RefusedRow[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const at = `${where}:${index + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      refused.push({ where: at, reason: "expected one JSON object" });
      return;
    }
    const result = httpPairSchema.safeParse(value);
    if (result.success) pairs.push(result.data);
    else {
      const issue = result.error.issues[0]!;
      refused.push({ where: at, reason: `${issue.path.join(".") || "row"}: ${issue.message}` });
    }
  });
  return { pairs, refused };
}

export function writeRows(pairs: readonly HttpPair[]): string {
  return pairs.map((pair) => `${JSON.stringify(pair)}\n`).join("");
}
