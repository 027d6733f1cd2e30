/** What `ironbark eval http` measures: a plan of cells, one setting varied at a time around the first of each list. */
import { InputError } from "../core/errors.ts";
import type { AnalysisBounds } from "../data/http/index.ts";
import { splitOnce, wholeNumber } from "./flags.ts";

export type Bounds = AnalysisBounds;

/** A list as typed, none of it twice. */
function listOf<T>(typed: string, read: (part: string) => T): T[] {
  return [...new Set(typed.split(",").map((part) => part.trim()))].map(read);
}

export const numbers = (flag: string, typed: string, least: number): number[] =>
  listOf(typed, (part) => {
    const number = Number(part);
    if (part === "" || !Number.isFinite(number) || number < least)
      throw new InputError(`--${flag}: expected numbers of at least ${least}, got ${JSON.stringify(part)}`);
    return number;
  });

export const wholeNumbers = (flag: string, typed: string, least: number): number[] =>
  listOf(typed, (part) => wholeNumber(flag, part, least));

/** `0-0,16-48`: least and most tokens. */
export const boundsList = (typed: string): Bounds[] =>
  listOf(typed, (part) => {
    const found = /^(\d+)-(\d+)$/.exec(part);
    const bounds = { min: Number(found?.[1]), max: Number(found?.[2]) };
    if (found === null || bounds.min > bounds.max)
      throw new InputError(
        `--analysis: expected MIN-MAX in tokens, for instance 16-48, got ${JSON.stringify(part)}`,
      );
    return bounds;
  });

export function choices<T extends string>(flag: string, typed: string, known: readonly T[]): T[] {
  return listOf(typed, (part) => {
    const found = known.find((one) => one === part);
    if (found === undefined)
      throw new InputError(`--${flag}: expected some of ${known.join(", ")}, got ${JSON.stringify(part)}`);
    return found;
  });
}

/** `64:last,128x64:mean`: widths of hidden layers, and pooling; nothing before the colon is logistic regression. */
export function headShapes<P extends string>(
  typed: string,
  poolings: readonly P[],
): { hidden: number[]; pooling: P }[] {
  return listOf(typed, (part) => {
    const [widths, pooling = "last"] = splitOnce(part, ":");
    const known = poolings.find((one) => one === pooling);
    const hidden = widths === "" ? [] : widths.split("x").map(Number);
    if (known === undefined || hidden.some((width) => !Number.isInteger(width) || width < 1))
      throw new InputError(
        `--heads: expected WIDTHxWIDTH:POOLING with a pooling of ${poolings.join(", ")}, got ${JSON.stringify(part)}`,
      );
    return { hidden, pooling: known };
  });
}

export interface Generation {
  readonly bounds: Bounds;
  readonly temperature: number;
  /** Which list it belongs to; `base`: the first of both. */
  readonly varies: "base" | "analysis" | "temperature";
}

/** The first of both lists, then each other one with the first of the other list. */
export function generations(bounds: readonly Bounds[], temperatures: readonly number[]): Generation[] {
  const [first, coolest] = [bounds[0]!, temperatures[0]!];
  return [
    { bounds: first, temperature: coolest, varies: "base" },
    ...bounds.slice(1).map((one): Generation => ({ bounds: one, temperature: coolest, varies: "analysis" })),
    ...temperatures
      .slice(1)
      .map((one): Generation => ({ bounds: first, temperature: one, varies: "temperature" })),
  ];
}

export interface Variant {
  readonly rank: number;
  readonly learningRate: number;
  readonly count: number;
  readonly varies: "rank" | "rate" | "count";
}

/** Adapters to train: each list varied around the first of the others; a list of one value is no sweep. */
export function variants(
  ranks: readonly number[],
  rates: readonly number[],
  counts: readonly number[],
): Variant[] {
  const [rank, learningRate, count] = [ranks[0]!, rates[0]!, counts[0]!];
  const base = { rank, learningRate, count };
  return [
    ...(ranks.length > 1 ? ranks : []).map((one): Variant => ({ ...base, rank: one, varies: "rank" })),
    ...(rates.length > 1 ? rates : []).map((one): Variant => ({
      ...base,
      learningRate: one,
      varies: "rate",
    })),
    ...(counts.length > 1 || (ranks.length === 1 && rates.length === 1) ? counts : []).map(
      (one): Variant => ({ ...base, count: one, varies: "count" }),
    ),
  ];
}
