/** CodeBLEU: the scores of the package codebleu 0.7.0 for pairs in nine languages, and the parts that imitate Python. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeRng } from "../../util/rng.ts";
import { projectRoot } from "../../util/root.ts";
import { pythonCommand } from "../../util/python.ts";
import { codebleu, type CodebleuLanguage, type CodebleuScore } from "./index.ts";
import { setOrder } from "./python-set.ts";
import { pythonTokens, TokenizeError } from "./python-tokens.ts";

interface Golden {
  readonly language: CodebleuLanguage;
  readonly candidate: string;
  readonly references: [string, ...string[]];
  readonly score: CodebleuScore;
}

// Made by scripts/codebleu-golden.py with PYTHONHASHSEED=0.
const golden = JSON.parse(
  readFileSync(join(projectRoot(), "test", "golden", "codebleu.json"), "utf8"),
) as Golden[];

const python = (code: string, input: string): string =>
  execFileSync(pythonCommand(), ["-c", code], {
    input,
    encoding: "utf8",
    env: { ...process.env, PYTHONHASHSEED: "0" },
    maxBuffer: 2 ** 28,
  });

describe.each([...new Set(golden.map(({ language }) => language))])("%s", (language) => {
  it("scores as the package does", async () => {
    const pairs = golden.filter((pair) => pair.language === language);
    expect(pairs.length).toBeGreaterThan(3);
    for (const { candidate, references, score } of pairs) {
      const mine = await codebleu(candidate, references, language);
      for (const [name, value] of Object.entries(score))
        expect(Math.abs(mine[name as keyof CodebleuScore] - value), `${name} of ${candidate}`).toBeLessThan(
          1e-6,
        );
    }
  });
});

it("weighs its parts", async () => {
  const score = await codebleu("x = 1\nprint(x)\n", ["y = 1\nprint(y)\n"], "python", {
    weights: [0.1, 0.1, 0.7, 0.1],
  });
  const {
    ngram_match_score: a,
    weighted_ngram_match_score: b,
    syntax_match_score: c,
    dataflow_match_score: d,
  } = score;
  expect(score.codebleu).toBeCloseTo(0.1 * a + 0.1 * b + 0.7 * c + 0.1 * d, 12);
  expect([c, d]).toEqual([1, 1]);
});

it("orders sets as Python does", () => {
  const rng = makeRng(3);
  const letters = [..."abcxyz_019äλ漢😀"];
  const lists = Array.from({ length: 400 }, () =>
    Array.from({ length: rng.int(60) }, () =>
      Array.from({ length: rng.int(20) }, () => rng.pick(letters)).join(""),
    ),
  );
  const code = "import json, sys\nprint(json.dumps([list(set(texts)) for texts in json.load(sys.stdin)]))";
  expect(lists.map(setOrder)).toEqual(JSON.parse(python(code, JSON.stringify(lists))));
});

const TOKENS = `import io, json, sys, tokenize
KINDS = {tokenize.COMMENT: "comment", tokenize.STRING: "string", tokenize.NEWLINE: "newline", tokenize.INDENT: "indent"}
def tokens(source):
    try:
        return [[KINDS.get(t[0], "other"), t[1], list(t[2]), list(t[3])] for t in tokenize.generate_tokens(io.StringIO(source).readline)]
    except (tokenize.TokenError, IndentationError):
        return "error"
print(json.dumps([tokens(source) for source in json.load(sys.stdin)]))
`;
const version = execFileSync(pythonCommand(), ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], {
  encoding: "utf8",
}).trim();
// From 3.12 on the module asks Python's own parser, which reads some broken sources in another way.
const same = ["3.10", "3.11"].includes(version);

it.skipIf(!same)(
  `reads tokens as Python's tokenize does${same ? "" : ` (skipped: Python is ${version})`}`,
  () => {
    const folder = python("import json; print(json.__path__[0])", "").trim();
    const library = join(folder, "..");
    const whole = readdirSync(library)
      .filter((name) => name.endsWith(".py"))
      .slice(0, 60)
      .map((name) => readFileSync(join(library, name), "utf8"));
    const sources = whole.filter((text) => !/[\r\f]/.test(text));
    const wanted = JSON.parse(python(TOKENS, JSON.stringify(sources))) as unknown[];
    sources.forEach((source, index) => {
      let mine: unknown;
      try {
        mine = pythonTokens(source).map(({ kind, text, start, end }) => [kind, text, start, end]);
      } catch (error) {
        if (!(error instanceof TokenizeError)) throw error;
        mine = "error";
      }
      expect(mine, JSON.stringify(source.slice(0, 300))).toEqual(wanted[index]);
    });
  },
);
