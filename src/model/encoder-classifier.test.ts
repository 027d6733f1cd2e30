/** An encoder in its folder: alone, mixed with terms, uncalibrated, and folders that are not what they should be. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeTinyEncoder } from "../testing/tiny-encoder.ts";
import { liveTensors } from "../torch/index.ts";
import { saveCalibration } from "./calibration.ts";
import { loadClassifier } from "./classifier.ts";
import { saveLinear } from "./linear/folder.ts";
import { logSoftmax, mixScores, saveMixture, TERMS_FOLDER, unsureRows, type Mixture } from "./mixture.ts";
import { encodeTexts } from "./text-ids.ts";
import { Tokenizer } from "./tokenizer.ts";

const LABELS = ["CWE-79", "CWE-89", "CWE-22"];
const base = mkdtempSync(join(tmpdir(), "ironbark-encoder-classifier-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function folder(name: string): Promise<string> {
  const path = join(base, name);
  await writeTinyEncoder(path, LABELS);
  return path;
}

/** Terms that know one word, "sql", which speaks for CWE-89. */
function addTerms(path: string, labels: readonly string[] = LABELS): void {
  mkdirSync(join(path, TERMS_FOLDER), { recursive: true });
  saveLinear(join(path, TERMS_FOLDER), {
    labels,
    tfidf: { pairs: false, features: new Map([["sql", 0]]), idf: Float32Array.of(1) },
    weights: Float32Array.of(0, 4, 0),
    bias: new Float32Array(3),
    training: {},
  });
}

const MIXTURE: Mixture = {
  encoder: { temperature: 1, weight: 0.25 },
  terms: { temperature: 2, weight: 0.75 },
  sure: 1,
  bias: [0, 0, 0.5],
};

describe("texts as ids", () => {
  it("are cut before the token that closes them", async () => {
    const tokenizer = await Tokenizer.load(await folder("ids"));
    expect(encodeTexts(tokenizer, ["sql", "sql query script page sql query"], 5)).toEqual([
      [2, 5, 3],
      [2, 5, 6, 7, 3],
    ]);
  });
});

describe("a mixture", () => {
  it("adds weighted log-probabilities and the bias", () => {
    const [encoder, terms] = [Float32Array.of(1, 2, 3), Float32Array.of(0, 4, 0)];
    const [a, b] = [logSoftmax(encoder, 1), logSoftmax(terms, 2)];
    expect(a.reduce((sum, one) => sum + Math.exp(one), 0)).toBeCloseTo(1, 6);
    const mixed = mixScores(encoder, terms, MIXTURE);
    mixed.forEach((score, at) =>
      expect(score).toBeCloseTo(0.25 * a[at]! + 0.75 * b[at]! + MIXTURE.bias[at]!, 5),
    );
  });

  it("leaves the encoder out where the terms are sure", () => {
    const terms = Float32Array.of(0, 12, 0, 0, 1, 0);
    const mixture = { ...MIXTURE, sure: 0.9 };
    expect(unsureRows(terms, mixture)).toEqual([1]);
    const [one, other] = [1, 2].map((seen) =>
      mixScores(Float32Array.of(seen, 0, 0, 1, 2, 3), terms, mixture),
    );
    expect(one).toEqual(other);
    const alone = logSoftmax(terms.subarray(0, 3), 2);
    expect([...one!.subarray(0, 3)]).toEqual(
      Array.from(alone, (score, at) => Math.fround(score + MIXTURE.bias[at]!)),
    );
    expect(unsureRows(terms, MIXTURE)).toEqual([0, 1]);
  });
});

describe("an encoder that classifies", () => {
  it("answers with plain softmax without a calibration, the same for a text alone and among others", async () => {
    const before = liveTensors();
    const classifier = await loadClassifier(await folder("plain"));
    const texts = ["sql query", "page", "script page sql query page"];
    const together = await classifier.classify(texts);
    for (const [at, text] of texts.entries()) {
      const [alone] = await classifier.classify([text]);
      expect(alone!.scores.map((one) => one.label)).toEqual(together[at]!.scores.map((one) => one.label));
      alone!.scores.forEach((one, i) => expect(one.score).toBeCloseTo(together[at]!.scores[i]!.score, 5));
    }
    expect(together[0]!.scores.reduce((sum, one) => sum + one.score, 0)).toBeCloseTo(1, 6);
    expect(together.map((one) => [one.unsure, one.other])).toEqual(texts.map(() => [false, 0]));
    await classifier.close();
    expect(liveTensors()).toBe(before);
  });

  it("listens to the terms beside it", async () => {
    const path = await folder("mixed");
    addTerms(path);
    saveMixture(path, { ...MIXTURE, terms: { temperature: 1, weight: 0.75 }, bias: [0, 0, 0] });
    saveCalibration(path, { temperature: 1, other: -3, spread: 0, threshold: 0.99, coverage: 0.5 });
    const classifier = await loadClassifier(path);
    const [answer] = await classifier.classify(["sql"]);
    expect([answer!.scores[0]!.label, answer!.unsure]).toEqual(["CWE-89", true]);
    expect(answer!.other).toBeGreaterThan(0);
    await classifier.close();
  });

  it("answers sure and unsure texts of one call each as it does alone", async () => {
    const path = await folder("cascade");
    addTerms(path);
    saveMixture(path, { ...MIXTURE, terms: { temperature: 1, weight: 0.75 }, sure: 0.9 });
    const classifier = await loadClassifier(path);
    const texts = ["page", "sql", "script query", "sql"];
    const together = await classifier.classify(texts);
    for (const [at, text] of texts.entries()) {
      const [alone] = await classifier.classify([text]);
      expect(together[at]!.scores.map(({ label }) => label)).toEqual(alone!.scores.map(({ label }) => label));
      expect(together[at]!.scores[0]!.score).toBeCloseTo(alone!.scores[0]!.score, 5);
    }
    await classifier.close();
  });
});

describe("a folder that is not what it should be", () => {
  const damaged = async (name: string, change: (path: string) => void): Promise<string> => {
    const path = await folder(name);
    change(path);
    return path;
  };
  const config = (path: string, change: (json: Record<string, unknown>) => void): void => {
    const file = join(path, "config.json");
    const json = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    change(json);
    writeFileSync(file, JSON.stringify(json));
  };

  it.each<[string, (path: string) => void, RegExp]>([
    ["no labels", (path) => config(path, (json) => delete json["id2label"]), /id2label: expected the labels/],
    ["no model", (path) => config(path, (json) => (json["model_type"] = "t5")), /model_type: expected bert/],
    ["no tokenizer", (path) => rmSync(join(path, "tokenizer.json")), /tokenizer\.json: cannot be read/],
    [
      "another number of labels",
      (path) => config(path, (json) => (json["id2label"] = { 0: "a", 1: "b" })),
      /mean_classifier\.weight: expected shape \[2, 8\]/,
    ],
    [
      "half a calibration",
      (path) => writeFileSync(join(path, "calibration.json"), "{}"),
      /calibration\.json: temp/,
    ],
    ["a mixture without terms", (path) => saveMixture(path, MIXTURE), /terms\/config\.json: cannot be read/],
    [
      "a mixture of other labels",
      (path) => {
        saveMixture(path, MIXTURE);
        addTerms(path, ["CWE-1", "CWE-2", "CWE-3"]);
      },
      /terms: id2label: expected the labels of/,
    ],
    [
      "a mixture of fewer labels",
      (path) => saveMixture(path, { ...MIXTURE, bias: [0] }),
      /mixture\.json: bias: expected 3 numbers/,
    ],
  ])("is refused with one line: %s", async (name, change, message) => {
    const path = await damaged(name.replaceAll(" ", "-"), change);
    await expect(loadClassifier(path)).rejects.toThrow(message);
  });
});
