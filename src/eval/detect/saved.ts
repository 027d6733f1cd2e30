/** Answers that were saved: ours, SecCoderX's results of inference, PrimeVul's predictions. */
import { readFileSync } from "node:fs";
import { InputError } from "../../core/errors.ts";
import type { Said } from "./evaluate.ts";

/** As one line of JSON. */
export const savedLine = (said: Said): string => `${JSON.stringify(said)}\n`;

/**
 * Answers by the id of their row. A file that numbers its rows (`idx`, `index`) is matched by the last part of the
 * rows' ids. Throws InputError naming file and line for what is no answer, for an answer without a row and for two
 * answers to one row.
 */
export function readSaved(path: string, ids: readonly string[]): Map<string, Said> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputError(`${path}: cannot be read; expected saved answers`, { cause });
  }
  const find = finder(ids);
  const out = new Map<string, Said>();
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const where = `${path}:${index + 1}`;
    const { key, ...said } = parseLine(line, where);
    const id = find(key);
    if (id === undefined)
      throw new InputError(`${where}: ${JSON.stringify(key)} is the id of no row, or of several`);
    if (out.has(id)) throw new InputError(`${where}: a second answer to ${id}`);
    out.set(id, { id, ...said });
  });
  if (out.size === 0) throw new InputError(`${path}: holds no answers`);
  return out;
}

type Parsed = Omit<Said, "id"> & { readonly key: string };

function parseLine(line: string, where: string): Parsed {
  const columns = line.split("\t");
  if (!line.trimStart().startsWith("{") && columns.length === 3) return prediction(columns, where);
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch (error) {
    throw new InputError(
      `${where}: expected JSON, or idx, label and probability with tabs (${(error as Error).message})`,
    );
  }
  if (value === null || typeof value !== "object") throw new InputError(`${where}: expected a JSON object`);
  if ("metadata" in value) return inference(value, where);
  const { id, answers, verdict, score, too_long: tooLong, cut } = value;
  if (typeof id !== "string") throw new InputError(`${where}: id: expected text`);
  const texts = answers === undefined ? undefined : textsOf(answers, `${where}: answers`);
  const said = typeof verdict === "boolean" || verdict === null;
  if (texts === undefined && !said && typeof score !== "number")
    throw new InputError(
      `${where}: expected answers (a list of texts), verdict (true, false or null) or score`,
    );
  return {
    key: id,
    ...(texts === undefined ? {} : { answers: texts }),
    ...(said ? { verdict: verdict as boolean | null } : {}),
    ...(typeof score === "number"
      ? { score, ...(texts === undefined && !said ? { verdict: score >= 0.5 } : {}) }
      : {}),
    ...(tooLong === true ? { too_long: true } : {}),
    ...(typeof cut === "number" ? { cut } : {}),
  };
}

/** PrimeVul's predictions.txt: the label is the model's, the number its probability of "vulnerable". */
function prediction([idx, label, probability]: string[], where: string): Parsed {
  const score = Number(probability);
  if (!/^[01]$/.test(label!.trim()) || !Number.isFinite(score))
    throw new InputError(`${where}: expected idx, 0 or 1, and a probability, with tabs between them`);
  return { key: idx!.trim(), verdict: label!.trim() === "1", score };
}

/** A line of SecCoderX's inference: `response` or `responses` beside the row as `metadata`. */
function inference(value: Record<string, unknown>, where: string): Parsed {
  const metadata = value["metadata"] as Record<string, unknown> | null;
  const index = metadata?.["index"] ?? metadata?.["id"];
  if (typeof index !== "string" && typeof index !== "number")
    throw new InputError(`${where}: metadata.index: expected the number of the row`);
  const texts = value["responses"] ?? [value["response"]];
  return { key: String(index), answers: textsOf(texts, `${where}: responses`) };
}

function textsOf(value: unknown, where: string): string[] {
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string"))
    throw new InputError(`${where}: expected a list of texts`);
  return value as string[];
}

/** By the id itself, or by its last part where that belongs to one row only. */
function finder(ids: readonly string[]): (key: string) => string | undefined {
  const whole = new Set(ids);
  const tails = new Map<string, string | undefined>();
  for (const id of ids) {
    const tail = id.slice(id.lastIndexOf("/") + 1);
    tails.set(tail, tails.has(tail) ? undefined : id);
  }
  return (key) => (whole.has(key) ? key : tails.get(key));
}
