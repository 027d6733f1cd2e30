import { beforeAll, describe, expect, it } from "vitest";
import { applyPatch } from "../../../core/patch.ts";
import { FAMILIES, generateScenario } from "../../../data/webapps/index.ts";
import { trainTokenizer } from "../../../model/tokenizer-train.ts";
import { Tokenizer } from "../../../model/tokenizer.ts";
import { makeRng, type Rng } from "../../../util/rng.ts";
import { encodeIdentify, encodePatch, endCutOff, parseAction } from "./action.ts";
import { collectLexicon, demonstrate } from "./demonstration.ts";
import { PageGrammar, type ActionConstraint } from "./grammar.ts";
import type { Lexicon } from "./lexicon.ts";
import { findQuote, renderPage } from "./page.ts";
import { SPECIAL_TOKENS, Vocabulary } from "./vocabulary.ts";

const scenarios = FAMILIES.filter((family) => family.split === "train").map((family, i) =>
  generateScenario(family.id, 40 + i),
);
let vocabulary: Vocabulary;
let lexicon: Lexicon;

beforeAll(() => {
  const texts = scenarios.flatMap((s) => [
    ...Object.values(s.files),
    ...Object.values(applyPatch(s.files, s.reference)),
  ]);
  vocabulary = new Vocabulary(new Tokenizer(trainTokenizer(texts, 900, SPECIAL_TOKENS)));
  lexicon = collectLexicon(vocabulary, scenarios, 1);
});

/** Follows the tokens; true when each was permitted and the action ended exactly there. */
function accepts(constraint: ActionConstraint, ids: readonly number[]): boolean {
  for (const id of ids) {
    if (constraint.finished || constraint.mask()[id] !== 1) return false;
    constraint.push(id);
  }
  return constraint.finished;
}

/** Draws uniformly among permitted tokens, ending a replacement early so that it stays short. */
function babble(constraint: ActionConstraint, rng: Rng, end: number): number[] {
  const ids: number[] = [];
  while (!constraint.finished) {
    const mask = constraint.mask();
    const permitted = [...mask.keys()].filter((id) => mask[id] === 1);
    expect(permitted.length).toBeGreaterThan(0);
    const id = mask[end] === 1 && rng.chance(0.3) ? end : rng.pick(permitted);
    ids.push(id);
    constraint.push(id);
    expect(ids.length).toBeLessThan(400);
  }
  return ids;
}

describe("pages", () => {
  it("give back the sources' lines, and positions of tokens in them", () => {
    for (const scenario of scenarios) {
      const page = renderPage(vocabulary, scenario.files)!;
      for (const line of page.lines) {
        expect(scenario.files[line.file]!.split("\n")[line.line - 1]).toBe(line.text);
        const parts = line.tokens.map((_, i) => line.text.slice(line.offsets[i], line.offsets[i + 1]));
        expect(parts.join("")).toBe(line.text.slice(line.offsets[0]));
      }
    }
  });

  it("never read a special token out of hostile source text", () => {
    const page = renderPage(vocabulary, { "app.py": "x = '<|end|><|patch|>'\n" })!;
    expect(page.ids.filter((id) => id === vocabulary.marks.end || id === vocabulary.marks.patch)).toEqual([]);
    expect(vocabulary.tokenizer.decode(page.ids)).toContain("<|end|><|patch|>");
  });

  it("refuse sources that are too long", () => {
    expect(renderPage(vocabulary, { "app.py": "value = 1\n".repeat(3000) })).toBeUndefined();
  });
});

describe("actions", () => {
  it("say every reference patch and most alternatives, so that parsing them back has the same effect", () => {
    let alternatives = 0;
    for (const scenario of scenarios) {
      const page = renderPage(vocabulary, scenario.files)!;
      const grammar = new PageGrammar(vocabulary, lexicon, page);
      for (const patch of [scenario.reference, ...scenario.alternatives.map((each) => each.patch)]) {
        const ids = encodePatch(vocabulary, page, patch);
        if (ids === undefined && patch !== scenario.reference) continue;
        if (patch !== scenario.reference) alternatives++;
        const action = parseAction(vocabulary, page, ids!);
        expect(action?.action).toBe("patch");
        if (action?.action !== "patch") continue;
        expect(applyPatch(scenario.files, action.patch)).toEqual(applyPatch(scenario.files, patch));
        expect(accepts(grammar.follow({ mayIdentify: true, guessed: [] }), ids!)).toBe(true);
      }
    }
    expect(alternatives).toBeGreaterThan(scenarios.length);
  });

  it("never end a line inside a string", () => {
    const page = renderPage(vocabulary, { "app.py": "x = 'abc'\ny = call(x)\n" })!;
    const grammar = new PageGrammar(vocabulary, lexicon, page);
    const { marks, tokenizer } = vocabulary;
    const said = (quote: readonly number[], text: string): number[] => [
      marks.patch,
      ...quote,
      marks.to,
      ...tokenizer.encode(text),
      marks.end,
    ];
    const whole = page.lines[0]!.tokens;
    const newline = grammar.follow({ mayIdentify: true, guessed: [] });
    expect(accepts(newline, said(whole, "x = 'abc'\ny = x"))).toBe(true);
    for (const text of ["x = 'abc\n'", "x = call(x\n)"])
      expect(accepts(grammar.follow({ mayIdentify: true, guessed: [] }), said(whole, text))).toBe(false);
  });

  it("name every vulnerable line, and only that line", () => {
    for (const scenario of scenarios) {
      const page = renderPage(vocabulary, scenario.files)!;
      const { type, locations } = scenario.weaknesses[0]!;
      const ids = encodeIdentify(vocabulary, page, type, locations[0]!)!;
      expect(parseAction(vocabulary, page, ids)).toEqual({ action: "identify_vuln", type, ...locations[0]! });
    }
  });

  it("are nothing when cut off or out of order", () => {
    const page = renderPage(vocabulary, scenarios[0]!.files)!;
    const { marks, types } = vocabulary;
    const quote = page.lines[0]!.tokens;
    for (const ids of [
      [],
      [marks.end],
      [marks.identify, types[0]!, ...quote],
      [marks.identify, ...quote, marks.end],
      [marks.patch, ...quote, marks.end],
      [marks.patch, marks.to, ...quote, marks.end],
      [marks.terminate, marks.patch, marks.end],
      [marks.identify, types[0]!, marks.pad, marks.end],
    ]) {
      expect(parseAction(vocabulary, page, ids)).toBeUndefined();
    }
  });
});

describe("a turn that was cut off", () => {
  it("is judged for what it had said: a patch that runs on is a wrong patch, not a free turn", () => {
    const page = renderPage(vocabulary, { "app.py": "x = call(y)\n" })!;
    const { marks, tokenizer } = vocabulary;
    const edit = [marks.patch, ...page.lines[0]!.tokens, marks.to, ...tokenizer.encode("x = call(y).call(")];
    const patch = { "app.py": [{ line: 1, search: "x = call(y)", replace: "x = call(y).call(" }] };
    for (const ids of [edit, [...edit, marks.patch], [...edit, marks.patch, page.lines[0]!.tokens[0]!]])
      expect(parseAction(vocabulary, page, endCutOff(vocabulary, ids))).toEqual({ action: "patch", patch });
    expect(parseAction(vocabulary, page, endCutOff(vocabulary, [marks.identify]))).toBeUndefined();
  });
});

describe("the grammar", () => {
  it("permits only actions that parse, and edits that apply", () => {
    const rng = makeRng(9);
    for (const scenario of scenarios.slice(0, 20)) {
      const page = renderPage(vocabulary, scenario.files)!;
      const grammar = new PageGrammar(vocabulary, lexicon, page);
      for (let i = 0; i < 15; i++) {
        const ids = babble(grammar.follow({ mayIdentify: true, guessed: [] }), rng, vocabulary.marks.end);
        const action = parseAction(vocabulary, page, ids);
        expect(action).toBeDefined();
        if (action?.action !== "patch") continue;
        try {
          applyPatch(scenario.files, action.patch);
        } catch (error) {
          expect((error as Error).message).toMatch(/overlap/); // two edits of the same words: nothing else may fail
        }
      }
    }
  });

  it("points at the place that was quoted, where the same text stands earlier in the line", () => {
    const page = renderPage(vocabulary, { "app.py": 'name = "a" + app\n' })!;
    const { marks, tokenizer } = vocabulary;
    const tokens = page.lines[0]!.tokens;
    const at = page.lines[0]!.offsets.indexOf(9); // the closing quote: a token of its own
    const quote = tokens.slice(at, at + 1);
    const said = [marks.patch, ...quote, marks.to, ...tokenizer.encode('b"'), marks.end];
    const action = parseAction(vocabulary, page, said);
    if (action?.action !== "patch") throw new Error("no patch");
    const where = findQuote(page, quote)!;
    expect(applyPatch(page.files, action.patch)["app.py"]).toBe(
      `${'name = "a" + app'.slice(0, where.line.offsets[where.from])}b"${'name = "a" + app'.slice(where.line.offsets[where.to])}\n`,
    );
  });

  it("keeps a line of Python a line of Python", () => {
    const page = renderPage(vocabulary, {
      "app.py": "value = request(name)\nif value:\n    name = value\n",
    })!;
    const grammar = new PageGrammar(vocabulary, lexicon, page);
    const { marks, tokenizer } = vocabulary;
    const replaced = (line: number, text: string): boolean =>
      accepts(grammar.follow({ mayIdentify: true, guessed: [] }), [
        marks.patch,
        ...page.lines[line]!.tokens,
        marks.to,
        ...tokenizer.encode(text),
        marks.end,
      ]);
    expect(replaced(0, "value = request(name, name)")).toBe(true);
    expect(replaced(0, "value = request(name) name")).toBe(false);
    expect(replaced(0, "request(name) = value")).toBe(false);
    expect(replaced(0, "if value:")).toBe(false); // no block follows
    expect(replaced(1, "if name:")).toBe(true);
    expect(replaced(1, "value = name")).toBe(false); // a block follows
    expect(replaced(1, "if name:\n    name = value")).toBe(true);
  });

  it("writes only words of the page and of the lexicon", () => {
    const page = renderPage(vocabulary, { "page.html": "<b>value</b>\n" })!;
    const grammar = new PageGrammar(vocabulary, { ...lexicon, words: ["escape"] }, page);
    const said = (text: string): number[] => {
      const line = page.lines[0]!;
      const { marks, tokenizer } = vocabulary;
      return [marks.patch, ...line.tokens.slice(0, 1), marks.to, ...tokenizer.encode(text), marks.end];
    };
    expect(accepts(grammar.follow({ mayIdentify: true, guessed: [] }), said("escape"))).toBe(true);
    expect(accepts(grammar.follow({ mayIdentify: true, guessed: [] }), said("esc"))).toBe(false);
    expect(accepts(grammar.follow({ mayIdentify: true, guessed: [] }), said("system"))).toBe(false);
  });

  it("does not take a wrong answer twice, nor an answer once the weakness is named", () => {
    const scenario = scenarios[0]!;
    const page = renderPage(vocabulary, scenario.files)!;
    const grammar = new PageGrammar(vocabulary, lexicon, page);
    const ids = encodeIdentify(
      vocabulary,
      page,
      "xss",
      { file: page.lines[0]!.file, line: page.lines[0]!.line },
      page.lines[0]!.text.slice(0, 6),
    )!;
    expect(accepts(grammar.follow({ mayIdentify: true, guessed: [] }), ids)).toBe(true);
    expect(accepts(grammar.follow({ mayIdentify: true, guessed: [[ids[1]!, 0]] }), ids)).toBe(false);
    expect(accepts(grammar.follow({ mayIdentify: false, guessed: [] }), ids)).toBe(false);
  });
});

describe("demonstrations", () => {
  const options = {
    promptWeight: 0.3,
    promptShare: 0.25,
    pointWeight: 4,
    mistakes: 0.5,
    alternatives: 0.5,
    maxActionTokens: 80,
  };

  it("train on the policy's words only, and point where the weakness is", () => {
    const rng = makeRng(1);
    for (const scenario of scenarios) {
      const page = renderPage(vocabulary, scenario.files)!;
      const episode = demonstrate(vocabulary, scenario, rng, options)!;
      for (const sibling of episode) {
        expect(sibling.ids.slice(0, sibling.shared)).toEqual(episode[0]!.ids.slice(0, sibling.shared));
        expect(sibling.weights.slice(sibling.shared).every((weight) => weight > 0)).toBe(true);
        const said = sibling.ids.slice(sibling.shared);
        const patch = parseAction(vocabulary, page, said);
        expect(patch?.action).toBe("patch");
      }
      const shown = episode[0]!;
      expect(shown.weights).toHaveLength(shown.ids.length);
      shown.ids.forEach((id, t) => {
        if (t >= page.ids.length && (id === vocabulary.marks.obs || id === vocabulary.marks.turn))
          expect(shown.weights[t]).toBe(0);
      });
      const from = shown.ids.findLastIndex(
        (id, t) => id === vocabulary.marks.identify && shown.weights[t] === 1,
      );
      const quote = shown.ids.slice(from + 2, shown.ids.indexOf(vocabulary.marks.end, from));
      const { line } = findQuote(page, quote)!;
      expect(scenario.weaknesses[0]!.locations).toContainEqual({ file: line.file, line: line.line });
    }
  });
});
