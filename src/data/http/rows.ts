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

type Entry = RefusedRow | { readonly where: string; readonly value: unknown };

/** Rows that do not fit are named with the reason, and the rest is read. */
export function readRows(text: string, where: string): ReadRows {
  return pairsOf(
    text.split("\n").flatMap((line, index): readonly Entry[] => {
      if (line.trim() === "") return [];
      const at = `${where}:${index + 1}`;
      try {
        return [{ where: at, value: JSON.parse(line) as unknown }];
      } catch {
        return [{ where: at, reason: "expected one JSON object" }];
      }
    }),
  );
}

/** Values that are pairs, and what is wrong with the others, in their order. */
export function pairsOf(values: readonly Entry[]): ReadRows {
  const pairs: HttpPair[] = [];
  const refused: RefusedRow[] = [];
  for (const one of values) {
    if ("reason" in one) {
      refused.push(one);
      continue;
    }
    const { data, error } = httpPairSchema.safeParse(one.value);
    if (data !== undefined) pairs.push(data);
    else {
      const issue = error!.issues[0]!;
      refused.push({ where: one.where, reason: `${issue.path.join(".") || "row"}: ${issue.message}` });
    }
  }
  return { pairs, refused };
}

export function writeRows(pairs: readonly HttpPair[]): string {
  return pairs.map((pair) => `${JSON.stringify(pair)}\n`).join("");
}
