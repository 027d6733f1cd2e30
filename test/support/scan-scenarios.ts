/** How well the analyzers of a scan know what scenarios plant: found, missed, and reported where nothing is wrong. */
import type { Analyzer } from "../../src/analyzers/index.ts";
import { applyPatch, correctPatches, type Scenario } from "../../src/core/index.ts";
import { analyse, explains, familyOf, type ScanFinding } from "../../src/scan/index.ts";

/** What a look at sources can decide. Who may do what (CWE-352, CWE-639) is written down nowhere in them. */
export const SUPPORTED: ReadonlySet<string> = new Set(
  [22, 78, 79, 89, 94, 117, 347, 502, 601, 611, 918, 1321].map((number) => `CWE-${number}`),
);

/** The second half of the hand-written applications, in FastAPI and JavaScript: the rules of 2026-11-22 are older. */
export const WRITTEN_LATER: ReadonlySet<string> = new Set(
  (
    "apiary birdposts boxoffice bulletin canoes deeds huts minutes photowall posters printroom quarry readingroom " +
    "rowers signboards tollbridge weaving"
  ).split(" "),
);

export interface Score {
  readonly planted: number;
  /** A finding of the weakness on one of the lines that the scenario's author accepts. */
  readonly found: number;
  /** Such a finding whose own line is another, and whose way leads through one of these lines. */
  readonly foundOnTheWay: number;
  /** Findings on the vulnerable applications, and those among them that no planted weakness explains. */
  readonly findings: number;
  readonly unexplained: number;
  /** Weaknesses in correctly patched applications, and those of them that are still reported. */
  readonly corrected: number;
  readonly stillReported: number;
}

export interface Remark {
  readonly scenario: string;
  readonly what: "missed" | "unexplained" | "still reported";
  readonly cwe: string;
  readonly where: string;
}

export interface Measured {
  readonly byCwe: ReadonlyMap<string, Score>;
  readonly total: Score;
  readonly remarks: readonly Remark[];
}

const NONE: Score = {
  planted: 0,
  found: 0,
  foundOnTheWay: 0,
  findings: 0,
  unexplained: 0,
  corrected: 0,
  stillReported: 0,
};

/** Counts what a pipeline sees by default: findings of the supported kinds from level `warning` on. */
export async function measureScan(
  analyzers: readonly Analyzer[],
  scenarios: readonly Scenario[],
): Promise<Measured> {
  const byCwe = new Map<string, Score>();
  const remarks: Remark[] = [];
  const count = (cwe: string, added: Partial<Score>): void => {
    const before = byCwe.get(cwe) ?? NONE;
    const sum = Object.fromEntries(
      Object.entries(before).map(([key, value]) => [key, value + (added[key as keyof Score] ?? 0)]),
    );
    byCwe.set(cwe, sum as unknown as Score);
  };
  const scan = async (files: Scenario["files"]): Promise<ScanFinding[]> => {
    const findings = await analyse(analyzers, files, []);
    return findings.filter(({ level, cwe }) => level !== "note" && SUPPORTED.has(familyOf(cwe)));
  };
  for (const scenario of scenarios) {
    const weaknesses = scenario.weaknesses.filter(({ cwe }) => SUPPORTED.has(familyOf(cwe)));
    const findings = await scan(scenario.files);
    for (const weakness of weaknesses) {
      const here = findings.some((finding) => explains(weakness, { ...finding, trace: [] }));
      const way = findings.some((finding) => explains(weakness, finding));
      count(familyOf(weakness.cwe), { planted: 1, found: Number(here), foundOnTheWay: Number(way && !here) });
      const where = weakness.locations.map(({ file, line }) => `${file}:${line}`).join(" ");
      if (!way) remarks.push({ scenario: scenario.id, what: "missed", cwe: weakness.cwe, where });
    }
    for (const finding of findings) {
      const explained = scenario.weaknesses.some((weakness) => explains(weakness, finding));
      count(familyOf(finding.cwe), { findings: 1, unexplained: Number(!explained) });
      const where = `${finding.file}:${finding.line} ${finding.rule}`;
      if (!explained) remarks.push({ scenario: scenario.id, what: "unexplained", cwe: finding.cwe, where });
    }
    for (const patch of correctPatches(scenario)) {
      const left = await scan(applyPatch(scenario.files, patch));
      for (const cwe of new Set(weaknesses.map((weakness) => familyOf(weakness.cwe)))) {
        const still = left.filter((finding) => familyOf(finding.cwe) === cwe);
        count(cwe, { corrected: 1, stillReported: Number(still.length > 0) });
        const where = still.map(({ file, line, rule }) => `${file}:${line} ${rule}`).join(" ");
        if (still.length > 0) remarks.push({ scenario: scenario.id, what: "still reported", cwe, where });
      }
    }
  }
  return { byCwe, total: sumOf([...byCwe.values()]), remarks };
}

const sumOf = (scores: readonly Score[]): Score =>
  scores.reduce(
    (sum, one) =>
      Object.fromEntries(
        Object.entries(sum).map(([key, value]) => [key, value + one[key as keyof Score]]),
      ) as unknown as Score,
    NONE,
  );

/** What was measured on several bodies, as one. */
export function together(...measured: readonly Measured[]): Measured {
  const kinds = new Set(measured.flatMap(({ byCwe }) => [...byCwe.keys()]));
  const byCwe = new Map(
    [...kinds].map((cwe) => [cwe, sumOf(measured.map((one) => one.byCwe.get(cwe) ?? NONE))] as const),
  );
  return {
    byCwe,
    total: sumOf(measured.map(({ total }) => total)),
    remarks: measured.flatMap(({ remarks }) => remarks),
  };
}

export const share = (part: number, whole: number): string =>
  `${part}/${whole}${whole === 0 ? "" : ` (${((100 * part) / whole).toFixed(0)} %)`}`;
