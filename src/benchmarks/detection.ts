/** Published numbers of vulnerability detection, each with where it was read. */

export interface PublishedDetection {
  readonly model: string;
  /** Sources of rows (their beginning) with which the number may be compared at all. */
  readonly rows: string;
  /** What was measured on: release and part, and what the model was told. */
  readonly set: string;
  /** As shares, under the names that `eval detect` uses. */
  readonly metrics: Readonly<Record<string, number>>;
  /** From worst to best: read in a third text that quotes the paper, read in the paper's abstract. */
  readonly evidence: "secondary" | "abstract";
  readonly from: string;
}

const PRIMEVUL_PAPER = "Ding et al. 2024 (arXiv 2403.18624), Table V, as quoted by another text";
const TRAINED = "PrimeVul, original release, trained and tested on it; full test, P-C on its pairs";

const table = (model: string, accuracy: number, f1: number, vdS: number, pC: number): PublishedDetection => ({
  model,
  rows: "primevul",
  set: TRAINED,
  metrics: { accuracy: accuracy / 100, f1: f1 / 100, vd_s: vdS / 100, p_c: pC / 100 },
  evidence: "secondary",
  from: PRIMEVUL_PAPER,
});

export const PUBLISHED_DETECTION: readonly PublishedDetection[] = [
  table("CodeT5 60M", 96.67, 19.7, 89.93, 1.06),
  table("CodeBERT 125M", 96.87, 20.86, 88.78, 1.77),
  table("UniXcoder 125M", 96.86, 21.43, 89.21, 1.6),
  table("StarCoder2 7B", 97.02, 18.05, 89.64, 2.3),
  table("CodeGen2.5 7B", 96.65, 19.61, 91.51, 3.01),
  {
    model: "StarCoder2 7B",
    rows: "primevul",
    set: "PrimeVul, original release, full test; trained on BigVul",
    metrics: { f1: 0.0309 },
    evidence: "abstract",
    from: "Ding et al. 2024 (arXiv 2403.18624)",
  },
  {
    model: "GPT-4, chain of thought",
    rows: "primevul",
    set: "PrimeVul, original release, pairs; no weakness named",
    metrics: { p_c: 0.1294, p_v: 0.5426 },
    evidence: "secondary",
    from: "Ding et al. 2024 (arXiv 2403.18624), as quoted by another text",
  },
  ...(
    [
      ["Claude Opus 4.6", 13.6],
      ["Claude Opus 4.6 with structured justification", 20.3],
      ["Claude Opus 4.6 with a verifying agent", 23.3],
    ] as const
  ).map(([model, pC]): PublishedDetection => ({
    model,
    rows: "primevul-v0.1",
    set: "PrimeVul v0.1, 435 pairs",
    metrics: { p_c: pC / 100 },
    evidence: "secondary",
    from: "quoted without the original",
  })),
];

/** Those that speak of the same set as all of these rows. */
export function publishedFor(sources: readonly string[]): PublishedDetection[] {
  const own = [...new Set(sources)];
  return PUBLISHED_DETECTION.filter(
    ({ rows }) => own.length > 0 && own.every((source) => source.startsWith(rows)),
  );
}
