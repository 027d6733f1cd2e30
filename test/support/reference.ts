/** Runs a Python script that writes reference values, and collects how far ours are from them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { pythonCommand } from "../../src/util/python.ts";
import { projectRoot } from "../../src/util/root.ts";

export interface Reference {
  /** The folder that the script wrote. */
  readonly folder: string;
  readonly names: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

/** Undefined when the interpreter (IRONBARK_PYTHON, or the project's own) lacks the libraries that the script compares with. */
export function writeReference(script: string, seed = 0): Reference | undefined {
  const folder = mkdtempSync(join(tmpdir(), "ironbark-parity-"));
  const path = join(projectRoot(), "test/support", script);
  const { status, stdout, stderr } = spawnSync(pythonCommand(), [path, folder, "--seed", String(seed)], {
    encoding: "utf8",
    timeout: 500_000,
  });
  if (status === 3) return undefined;
  if (status !== 0) throw new Error(`${script} failed: ${stderr.slice(-2000)}`);
  return { folder, ...(JSON.parse(stdout.trim().split("\n").at(-1)!) as Omit<Reference, "folder">) };
}

export interface Comparison {
  readonly what: string;
  readonly against: string;
  readonly difference: number;
  readonly gate: number;
  readonly measure: "max abs" | "rel L2" | "differing";
}

/** Every comparison made, with the largest difference of each kind. */
export class ParityTable {
  readonly #rows = new Map<string, Comparison>();

  /** Fails the test when the difference is not within the gate. */
  check(row: Comparison): void {
    const key = `${row.what}|${row.against}|${row.measure}`;
    const known = this.#rows.get(key);
    // Not `known.difference < row.difference`: NaN has to win.
    if (known === undefined || !(row.difference <= known.difference)) this.#rows.set(key, row);
    expect(row.difference, `${row.what} against ${row.against}`).toBeLessThanOrEqual(row.gate);
  }

  /** The same for one subject beside one reference: its rows begin with the subject's name. */
  checkOf(name: string, against: string) {
    return (
      what: string,
      difference: number,
      gate: number,
      measure: Exclude<Comparison["measure"], "differing"> = "max abs",
    ): void => this.check({ what: `${name}: ${what}`, against, difference, gate, measure });
  }

  markdown(): string {
    const rows = [...this.#rows.values()].map(
      ({ what, against, measure, difference, gate }) =>
        `| ${what} | ${against} | ${measure} | ${short(difference)} | ${short(gate)} |`,
    );
    return [
      "| what | against | measure | largest difference | gate |",
      "|---|---|---|---|---|",
      ...rows,
    ].join("\n");
  }
}

const short = (x: number): string => (x === 0 ? "0" : x.toExponential(1).replace(".0e", "e"));

export function maxAbs(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  let out = 0;
  for (let i = 0; i < ours.length; i++) {
    const gap = Math.abs(ours[i]! - theirs[i]!);
    if (!(gap <= out)) out = gap;
  }
  return out;
}

/** |ours - theirs| / |theirs|, Euclidean; 0 when both are 0. */
export function relativeL2(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  let [gap, size] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    gap += (ours[i]! - theirs[i]!) ** 2;
    size += theirs[i]! ** 2;
  }
  return gap === 0 ? 0 : Math.sqrt(gap / size);
}
