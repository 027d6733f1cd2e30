/** The solver against the conditions that only an optimum meets, and the whole linear model on words that give the label away. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadClassifier } from "../../model/classifier.ts";
import { loadCalibration, saveCalibration } from "../../model/calibration.ts";
import { loadLinear, saveLinear } from "../../model/linear/folder.ts";
import { countTerms } from "../../model/linear/terms.ts";
import { fitTfidf, transform, type SparseRows } from "../../model/linear/tfidf.ts";
import { makeRng } from "../../util/rng.ts";
import { squaredLengths, trainBinary, type LinearLoss } from "./coordinate-descent.ts";
import { fitLinear, type LabelledText } from "./fit.ts";

const base = mkdtempSync(join(tmpdir(), "ironbark-linear-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe("terms and their weights", () => {
  it("are words of two letters or more and pairs of neighbours", () => {
    expect([...countTerms("SQL injection: a SQL-Injection in Übung", true)]).toEqual([
      ["sql", 2],
      ["injection", 2],
      ["sql injection", 2],
      ["injection sql", 1],
      ["in", 1],
      ["injection in", 1],
      ["übung", 1],
      ["in übung", 1],
    ]);
    expect(countTerms("SQL injection", false).size).toBe(2);
  });

  it("follow the smoothed, sublinear formula", () => {
    const tfidf = fitTfidf(["aa aa bb", "aa cc", "aa bb"], { pairs: false, minTexts: 2, maxTerms: 10 });
    expect([...tfidf.features.keys()]).toEqual(["aa", "bb"]);
    expect([...tfidf.idf]).toEqual([1, Math.log(4 / 3) + 1].map(Math.fround));
    const { starts, values } = transform(tfidf, ["aa aa bb zz", "zz"]);
    const [aa, bb] = [1 + Math.log(2), Math.log(4 / 3) + 1];
    expect([...starts]).toEqual([0, 2, 2]);
    expect(values[0]).toBeCloseTo(aa / Math.hypot(aa, bb), 6);
    expect(values[1]).toBeCloseTo(bb / Math.hypot(aa, bb), 6);
  });
});

/** Rows with 5 of 30 features whose sign follows a hidden direction, one in ten turned round. */
function problem(seed: number, count: number): { rows: SparseRows; signs: Int8Array; costs: Float64Array } {
  const rng = makeRng(seed);
  const hidden = Array.from({ length: 30 }, () => rng.next() - 0.5);
  const [features, values, signs]: [number[], number[], number[]] = [[], [], []];
  for (let row = 0; row < count; row++) {
    const own = rng.shuffle([...hidden.keys()]).slice(0, 5);
    const weights = own.map(() => rng.next());
    features.push(...own);
    values.push(...weights);
    const side = own.reduce((sum, feature, at) => sum + hidden[feature]! * weights[at]!, 0) > 0 ? 1 : -1;
    signs.push(rng.chance(0.1) ? -side : side);
  }
  return {
    rows: {
      starts: Int32Array.from({ length: count + 1 }, (_, row) => row * 5),
      features: Int32Array.from(features),
      values: Float32Array.from(values),
    },
    signs: Int8Array.from(signs),
    costs: Float64Array.from({ length: count }, () => 0.2 + rng.next()),
  };
}

describe("coordinate descent", () => {
  it.each<LinearLoss>(["squared-hinge", "logistic"])("finds the minimum of the %s loss", (loss) => {
    const { rows, signs, costs } = problem(3, 400);
    const { starts, features, values } = rows;
    const model = trainBinary({ rows, size: 30, signs, costs }, squaredLengths(rows), {
      loss,
      tolerance: 1e-7,
      maxPasses: 5000,
      rng: makeRng(1),
    });
    expect(model.converged).toBe(true);
    // The gradient of |w|^2 / 2 + sum of costs times losses, from its definition.
    const gradient = [...model.weights, model.bias];
    for (let row = 0; row < signs.length; row++) {
      const own = [...features.subarray(starts[row]!, starts[row + 1]!)];
      const margin =
        signs[row]! *
        own.reduce((sum, f, at) => sum + model.weights[f]! * values[starts[row]! + at]!, model.bias);
      const slope = loss === "logistic" ? -1 / (1 + Math.exp(margin)) : -2 * Math.max(0, 1 - margin);
      const push = costs[row]! * signs[row]! * slope;
      own.forEach((feature, at) => (gradient[feature]! += push * values[starts[row]! + at]!));
      gradient[30]! += push;
    }
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-4);
    expect(Math.max(...model.weights.map(Math.abs))).toBeGreaterThan(0.5);
  });
});

const TOPICS = { "CWE-89": "sql query", "CWE-79": "script page", "CWE-22": "path file" };
const texts = (count: number, seed: number): LabelledText[] => {
  const rng = makeRng(seed);
  const filler = ["the", "product", "allows", "attackers", "remote", "version", "before"];
  return Array.from({ length: count }, (_, row) => {
    const cwe = Object.keys(TOPICS)[row % 3]! as keyof typeof TOPICS;
    return { cwe, description: rng.shuffle([...filler, ...TOPICS[cwe].split(" ")]).join(" ") };
  });
};

describe("the linear model", () => {
  const labels = Object.keys(TOPICS);
  const fit = (validation = texts(30, 2)) =>
    fitLinear(labels, texts(90, 1), validation, {
      tfidf: { pairs: true, minTexts: 2, maxTerms: 1000 },
      candidates: [
        { loss: "squared-hinge", c: 1 },
        { loss: "logistic", c: 10 },
      ],
      maxPasses: 50,
      coverage: 1,
      seed: 1,
    });

  it("learns the words, answers the same from its folder, and is the same for the same seed", async () => {
    const { model, calibration } = await fit();
    expect((await fit()).model.weights).toEqual(model.weights);
    saveLinear(base, model);
    saveCalibration(base, calibration);
    expect(loadLinear(base)).toEqual(model);
    expect(loadCalibration(base)).toEqual(calibration);
    const classifier = await loadClassifier(base);
    const answers = await classifier.classify([
      "SQL query in the product",
      "the path of a file",
      "",
      "Пример",
    ]);
    expect(answers.slice(0, 2).map((answer) => answer.scores[0]!.label)).toEqual(["CWE-89", "CWE-22"]);
    for (const { scores, other } of answers) {
      expect(scores.reduce((sum, { score }) => sum + score, other)).toBeCloseTo(1, 9);
      expect(scores).toHaveLength(3);
    }
    // Nothing known in a text: no label may look likely.
    expect(answers[2]!.scores[0]!.score).toBeLessThan(answers[0]!.scores[0]!.score);
    expect(answers[3]).toEqual(answers[2]);
  });

  it("leaves room for labels it does not have when validation has some", async () => {
    const strange = texts(30, 2).map((row, at) =>
      at % 2 === 0 ? { description: "the product", cwe: "CWE-1" } : row,
    );
    const { model, calibration } = await fit(strange);
    expect(calibration.other).not.toBeNull();
    saveLinear(base, model);
    saveCalibration(base, calibration);
    const [unknown, known] = await (
      await loadClassifier(base)
    ).classify(["the product", "the path of a file"]);
    expect(unknown!.other).toBeGreaterThan(0.5);
    expect(known!.other).toBeLessThan(0.5);
  });

  it("says what is wrong with a folder, in one line", async () => {
    const { model, calibration } = await fit();
    saveLinear(base, model);
    saveCalibration(base, calibration);
    const config = readFileSync(join(base, "config.json"), "utf8");
    const broken = async (name: string, content: string): Promise<string> => {
      const path = join(base, name);
      const before = readFileSync(path);
      writeFileSync(path, content);
      const error = await loadClassifier(base).catch((failure: unknown) => failure as Error);
      writeFileSync(path, before);
      return (error as Error).message;
    };
    expect(await broken("config.json", config.replace("id2label", "labels"))).toMatch(
      /config\.json: id2label: expected/,
    );
    expect(await broken("config.json", config.replace("ironbark-tfidf-linear", "gpt"))).toContain(
      'got "gpt"',
    );
    expect(await broken("terms.txt", "one\ntwo")).toContain("idf: expected float32 of shape [2]");
    expect(await broken("calibration.json", '{"temperature":0}')).toMatch(/calibration\.json: temperature/);
    await expect(loadClassifier(join(base, "absent"))).rejects.toThrow("config.json: cannot be read");
  });
});
