/** The numbers against tables counted by hand and against scikit-learn, and the answers that are hard to read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { evaluateDetection, type EvaluateOptions, type Labelled, type Said } from "./evaluate.ts";
import { addTo, EMPTY, metricsOf, outcome } from "./metrics.ts";
import { asksForCwe, fillTemplate, TEMPLATES } from "./prompts.ts";
import { readSaved, savedLine } from "./saved.ts";
import { vdScore } from "./vd-score.ts";
import { majority, readR2Vul, readTags, readYesNo } from "./verdict.ts";

const OPTIONS: EvaluateOptions = { read: readTags, unclear: "wrong", seed: 1, resamples: 200 };

const row = (id: string, vulnerable: boolean, more: Partial<Labelled> = {}): Labelled => ({
  id,
  language: "c",
  is_vulnerable: vulnerable,
  cwe: [],
  ...more,
});
const bySaid = (...said: Said[]): Map<string, Said> => new Map(said.map((one) => [one.id, one]));
const YES = "<answer>Vulnerable</answer>";
const NO = "<answer>Not Vulnerable</answer>";

const confusionOf = (truths: readonly number[], said: readonly number[]) =>
  truths.reduce((sum, truth, at) => addTo(sum, outcome(truth === 1, said[at] === 1, "wrong")), EMPTY);

/** Labels and scores from a generator that the script behind the expected numbers has too. */
function scored(seed: number, n: number, share: number, digits: number) {
  let state = seed;
  const next = (): number => (state = (Math.imul(1103515245, state) + 12345) & 0x7fffffff) / 2 ** 31;
  return Array.from({ length: n }, () => {
    const truth = next() < share;
    const raw = next() * 0.7 + 0.3 * (truth ? 1 : 0) * next();
    return { truth, score: Number(Math.min(1, Math.max(0, raw)).toFixed(digits)) };
  });
}

describe("metrics", () => {
  // Printed by scikit-learn 1.9.1: accuracy_score, precision_score, ..., matthews_corrcoef with zero_division=0, and
  // PrimeVul's rule over roc_curve.
  it.each([
    [
      { seed: 1, n: 400, share: 0.5, digits: 2, vdS: 0.7715736040609137 },
      [0.5875, 0.6, 0.4873096446700508, 0.5378151260504201, 0.5887582287739831, 0.6847290640394089],
      [0.5860193543547298, 0.1755665172437829],
    ],
    [
      { seed: 2, n: 1500, share: 0.03, digits: 3, vdS: 0.9375 },
      [
        0.6726666666666666, 0.037578288100208766, 0.375, 0.0683111954459203, 0.04059422328891832,
        0.6825068870523416,
      ],
      [0.5287534435261708, 0.02170916693647185],
    ],
    [
      { seed: 3, n: 60, share: 0.9, digits: 2, vdS: 0.75 },
      [0.45, 0.9259259259259259, 0.44642857142857145, 0.6024096385542169, 0.8504993757802748, 0.5],
      [0.4732142857142857, -0.026860765467512676],
    ],
  ])("equal scikit-learn's on $seed", ({ seed, n, share, digits, vdS }, one, two) => {
    const rows = scored(seed, n, share, digits);
    const metrics = metricsOf(
      rows.reduce((sum, { truth, score }) => addTo(sum, outcome(truth, score >= 0.5, "wrong")), EMPTY),
    );
    const expected = [...one, ...two];
    Object.values(metrics).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 10));
    expect(vdScore(rows)).toBeCloseTo(vdS, 10);
  });

  it.each([
    ["one class", [1, 1, 1], [1, 0, 1], [2 / 3, 1, 2 / 3, 0.8, 0.960352422907489, 0, 2 / 3, 0]],
    ["the other class", [0, 0, 0, 0], [0, 1, 0, 0], [0.75, 0, 0, 0, 0, 0.75, 0.75, 0]],
    ["nothing called vulnerable", [1, 0, 1, 0], [0, 0, 0, 0], [0.5, 0, 0, 0, 0, 1, 0.5, 0]],
    ["all called vulnerable", [1, 0, 1, 0], [1, 1, 1, 1], [0.5, 0.5, 1, 2 / 3, 0.521531100478469, 0, 0.5, 0]],
  ])("equal scikit-learn's with %s", (_, truths, said, expected) => {
    Object.values(metricsOf(confusionOf(truths, said))).forEach((value, at) =>
      expect(value).toBeCloseTo(expected[at]!, 10),
    );
  });
});

describe("VD-S", () => {
  const rows = (truths: readonly (readonly [truth: 0 | 1, times: number])[], score: number) =>
    truths.flatMap(([truth, times]) => Array.from({ length: times }, () => ({ truth: truth === 1, score })));

  it("leaves out the points that scikit-learn's curve leaves out", () => {
    // One benign and two vulnerable functions per score: a straight run, of which only the first point is at most 0.5 %.
    const run = Array.from({ length: 20 }, (_, at) =>
      rows(
        [
          [0, 1],
          [1, 2],
        ],
        1 - at * 0.02,
      ),
    ).flat();
    expect(vdScore([...run, ...rows([[0, 1980]], 0.01)])).toBe(0.95);
  });

  it("misses all when no threshold is strict enough, and needs both classes and numbers", () => {
    expect(
      vdScore(
        rows(
          [
            [0, 400],
            [1, 3],
          ],
          0.5,
        ),
      ),
    ).toBe(1);
    expect(vdScore(rows([[1, 3]], 0.5))).toBeNull();
    expect(vdScore([...rows([[1, 3]], 0.5), ...rows([[0, 3]], Number.NaN)])).toBeNull();
  });
});

describe("reading answers", () => {
  it.each([
    [`<think>not vulnerable?</think>${YES}`, true, false],
    ["<ANSWER> not_vulnerable </ANSWER>", false, false],
    [`${YES} or ${NO}`, true, true],
    [`${NO}\n${YES}`, false, true],
    ["<answer>I cannot say</answer>", null, false],
    ["It is vulnerable.", null, false],
    ["<answer>Vulnerable", null, false],
    ["<output>YES</output>", true, false],
    [`<output>NOT SURE, YES</output>${YES}`, false, false],
    [`<output>maybe</output>${YES}`, true, false],
    ["", null, false],
  ])("tags: %s", (text, verdict, both) => expect(readTags(text)).toEqual({ verdict, both }));

  it.each([
    ["[[NO]], though some say yes", false],
    ["Yes and no", true],
    ["unknown", false],
    ["-", null],
  ])("yes or no: %s", (text, verdict) => expect(readYesNo(text).verdict).toBe(verdict));

  it.each([
    ["YES", true],
    ["<output>YES", true],
    ["NO <output>YES</output>", true],
    ["YES, NO", false],
    ["yes", null],
  ])("R2Vul: %s", (text, verdict) => expect(readR2Vul(text).verdict).toBe(verdict));

  it("lets the majority decide, a tie being not vulnerable", () => {
    expect(majority([true, true, false], "wrong")).toBe(true);
    expect(majority([true, false], "wrong")).toBe(false);
    expect(majority([true, null, null], "wrong")).toBe(true);
    expect(majority([true, null, null], "benign")).toBe(false);
    expect(majority([null, null], "wrong")).toBeNull();
  });
});

describe("an evaluation", () => {
  // By hand: a right, b unclear, c wrong, d right, e both verdicts (first counts), f not answered.
  const rows = [
    row("a", true, { cwe: ["CWE-1", "CWE-2"], pair: "1" }),
    row("b", false, { cwe: ["CWE-1"], pair: "1" }),
    row("c", true, { language: "python", pair: "2" }),
    row("d", false, { language: "python", pair: "2" }),
    row("e", true, { language: "" }),
    row("f", true, { pair: "3" }),
    row("g", false, { pair: "3" }),
  ];
  const said = bySaid(
    { id: "a", answers: [YES] },
    { id: "b", answers: ["?"] },
    { id: "c", answers: [NO] },
    { id: "d", answers: [NO], cut: 1 },
    { id: "e", answers: [YES + NO] },
    { id: "g", answers: [], too_long: true },
  );

  it("counts every row once, and says what it counted", () => {
    const found = evaluateDetection(rows, said, OPTIONS);
    expect(found.confusion).toEqual({
      vulnerable: { vulnerable: 2, not_vulnerable: 1, unclear: 0 },
      not_vulnerable: { vulnerable: 0, not_vulnerable: 1, unclear: 2 },
    });
    expect(found).toMatchObject({ n: 6, infra: 1, unclear: 2, both_verdicts: 1, too_long: 1, cut: 1 });
    // Unclear is wrong: tp 2, fn 1, tn 1, fp 2.
    expect(found.metrics).toMatchObject({ accuracy: 0.5, precision: 0.5, recall: 2 / 3, specificity: 1 / 3 });
    expect(found.pairs).toMatchObject({
      n: 2,
      unclear: 1,
      broken: 1,
      counts: { p_c: 0, p_v: 1, p_b: 1, p_r: 0 },
    });
    expect(found.metrics).toMatchObject({ p_c: 0, p_v: 0.5, p_b: 0.5, p_r: 0 });
    expect(found.metrics).not.toHaveProperty("vd_s");
    expect(found.by_language).toMatchObject({
      c: { n: 3, vulnerable: 1, unclear: 2 },
      python: { n: 2, metrics: { accuracy: 0.5 } },
      unknown: { n: 1 },
    });
    expect(found.by_cwe).toMatchObject({ "CWE-1": { n: 2, metrics: { accuracy: 0.5 } }, "CWE-2": { n: 1 } });
  });

  it("counts unclear answers as not vulnerable when asked to", () => {
    const found = evaluateDetection(rows, said, { ...OPTIONS, unclear: "benign" });
    expect(found.metrics).toMatchObject({ accuracy: 5 / 6, precision: 1, specificity: 1 });
    expect(found).toMatchObject({ unclear: 2, pairs: { counts: { p_c: 1, p_b: 1 } } });
  });

  it("has each pair in exactly one of four outcomes", () => {
    const four = ["c", "v", "b", "r"].flatMap((name) => [
      row(`${name}1`, true, { pair: name }),
      row(`${name}0`, false, { pair: name }),
    ]);
    const answers = { c1: true, c0: false, v1: true, v0: true, b1: false, b0: false, r1: false, r0: true };
    const found = evaluateDetection(
      four,
      bySaid(...Object.entries(answers).map(([id, verdict]) => ({ id, verdict }))),
      OPTIONS,
    );
    expect(found.metrics).toMatchObject({ p_c: 0.25, p_v: 0.25, p_b: 0.25, p_r: 0.25 });
  });

  it("gives the same intervals for the same seed, around the estimate, drawing pairs whole", () => {
    const many = Array.from({ length: 100 }, (_, at) => row(`r${at}`, at % 2 === 0, { pair: `p${at >> 1}` }));
    const answers = bySaid(
      ...many.map(({ id }, at) => ({ id, verdict: at % 4 < 2 ? at % 2 === 0 : at % 2 === 1 })),
    );
    const found = evaluateDetection(many, answers, OPTIONS);
    expect(evaluateDetection(many, answers, OPTIONS).intervals).toEqual(found.intervals);
    const [low, high] = found.intervals["accuracy"]!;
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
    // Half the pairs wholly right, half wholly wrong: as wide as 50 draws of a coin, not as 100.
    expect(high - low).toBeGreaterThan(2 * 1.96 * 0.5 * (1 / Math.sqrt(50)) * 0.8);
    expect(evaluateDetection(many, answers, { ...OPTIONS, resamples: 0 }).intervals).not.toHaveProperty(
      "accuracy",
    );
  });

  it("orders rows by the share of votes where there are several, for VD-S", () => {
    const two = [row("a", true), row("b", false)];
    const votes = (...texts: string[]) => texts;
    const found = evaluateDetection(
      two,
      bySaid({ id: "a", answers: votes(YES, YES, NO) }, { id: "b", answers: votes(NO, NO, "?") }),
      OPTIONS,
    );
    expect(found.metrics).toMatchObject({ accuracy: 1, vd_s: 0 });
  });
});

describe("prompts", () => {
  it("put the code into a fence that it cannot close, and nothing of the code is a placeholder", () => {
    const asked = { code: "f(); // ``` {cwe} $&\n", language: "cpp", cwe: ["CWE-89", "CWE-20"] };
    const text = fillTemplate(TEMPLATES.cwe.text, asked, (cwe) => `<${cwe}>`);
    expect(text).toContain("````\nf(); // ``` {cwe} $&\n````");
    expect(text).toContain("C++");
    expect(text).toContain("<CWE-89>; <CWE-20>");
    expect([asksForCwe(TEMPLATES.blind.text), asksForCwe(TEMPLATES.cwe.text)]).toEqual([false, true]);
    expect(fillTemplate(TEMPLATES.blind.text, asked, String)).not.toContain("CWE-89");
  });
});

describe("saved answers", () => {
  const base = mkdtempSync(join(tmpdir(), "ironbark-saved-"));
  afterAll(() => rmSync(base, { recursive: true, force: true }));
  const put = (text: string): string => {
    const path = join(base, "answers.txt");
    writeFileSync(path, text);
    return path;
  };
  const ids = ["primevul-v0.1/7", "primevul-v0.1/8", "other/8", "x"];

  it("come back as they were saved", () => {
    const said: Said[] = [
      { id: "x", answers: [YES, ""], cut: 1 },
      { id: "other/8", verdict: false, score: 0.25 },
      { id: "primevul-v0.1/7", answers: [], too_long: true },
    ];
    expect(readSaved(put(said.map(savedLine).join("")), ids)).toEqual(bySaid(...said));
  });

  it("may be PrimeVul's predictions and SecCoderX's inference", () => {
    expect([...readSaved(put("7\t1\t0.75\n"), ids).values()]).toEqual([
      { id: "primevul-v0.1/7", verdict: true, score: 0.75 },
    ]);
    const line = { prompt: "p", responses: ["a", "b"], metadata: { index: 7, is_vulnerable: true } };
    expect([...readSaved(put(`${JSON.stringify(line)}\n`), ids).values()]).toEqual([
      { id: "primevul-v0.1/7", answers: ["a", "b"] },
    ]);
  });

  it.each([
    ["8\t1\t0.5", '"8" is the id of no row, or of several'],
    ["7\t2\t0.5", "expected idx, 0 or 1"],
    ["nothing", "expected JSON"],
    ['{"id":"x"}', "expected answers"],
    ['{"id":"x","answers":[1]}', "answers: expected a list of texts"],
    ['{"id":"x","verdict":true}\n{"id":"x","verdict":true}', "a second answer to x"],
    ["", "holds no answers"],
  ])("that are none are refused: %s", (text, message) => {
    expect(() => readSaved(put(text), ids)).toThrow(message);
  });
});
