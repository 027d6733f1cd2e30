/** The agents see what a policy sees, do what they say, and the labels follow from what they reach. */
import { describe, expect, it } from "vitest";
import type { Files } from "../../../core/patch.ts";
import type { BaselineScore } from "../../../data/difficulty.ts";
import { makeRng } from "../../../util/rng.ts";
import { fakeVerdict, fakeVerifier, TINY_LINE, tinyScenario } from "../../../testing/index.ts";
import { numberedSources } from "../report.ts";
import { sourceLines } from "./agent.ts";
import { suspects } from "./grep.ts";
import { difficultyOf, episodesOf, measureDifficulty, type Scores } from "./ladder.ts";
import { PATTERNS } from "./patterns.ts";
import { randomAgent } from "./random.ts";

const scenario = tinyScenario();
const at = (text: string) => ({ file: "a", line: 1, text });
const fixed = (text: string): string | undefined => {
  const [found] = suspects([at(text)]);
  return found?.pattern.fix?.(text);
};

describe("what agents see", () => {
  it("are the lines of the sources", () => {
    const files = { "a.py": "x = 1\n\n=== b ===\n", "b/c.js": "1| y\n" };
    expect(sourceLines(numberedSources(files))).toEqual([
      { file: "a.py", line: 1, text: "x = 1" },
      { file: "a.py", line: 2, text: "" },
      { file: "a.py", line: 3, text: "=== b ===" },
      { file: "b/c.js", line: 1, text: "1| y" },
    ]);
  });
});

describe("patterns", () => {
  it.each([
    [`db.execute(f"SELECT a FROM t WHERE b = '{name}' AND c = {other}")`, "sql_injection"],
    ["os.system('ping ' + host)", "command_injection"],
    ["data = pickle.loads(raw)", "deserialization"],
    ["config = yaml.load(text)", "deserialization"],
    ["return eval(formula)", "code_injection"],
    ["{{ note | safe }}", "xss"],
    ["const page = `<p>${req.query.q}</p>`;", "xss"],
    ["path = os.path.join(ROOT, name)", "path_traversal"],
    ["const RULE = /^(a+)+$/;", "redos"],
    ["return redirect(target)", "open_redirect"],
    ["digest = hashlib.md5(word).hexdigest()", "weak_hash"],
  ])("%s is suspected of %s", (text, type) => {
    expect(suspects([at(text)]).map(({ pattern }) => pattern.type)).toEqual([type]);
  });

  it.each([
    [
      `db.execute(f"SELECT a FROM t WHERE b = '{name}' AND c = {other}")`,
      `db.execute("SELECT a FROM t WHERE b = ? AND c = ?", (name, other,))`,
    ],
    ["config = yaml.load(text, Loader=yaml.Loader)", "config = yaml.safe_load(text)"],
    ["{{ note | safe }}", "{{ note }}"],
    ["parser = XMLParser(resolve_entities=True)", "parser = XMLParser(resolve_entities=False)"],
    ["parser.setFeature(feature_external_ges, True)", "parser.setFeature(feature_external_ges, False)"],
    ["path = os.path.join(ROOT, name)", "path = os.path.join(ROOT, os.path.basename(name))"],
    ["path = path.join(ROOT, req.name)", "path = path.join(ROOT, path.basename(req.name))"],
    ["  for (const key in from) {", '  for (const key in from) { if (key === "__proto__") continue;'],
    ["os.system('ls')", undefined],
  ])("%s becomes %s", (text, after) => expect(fixed(text)).toBe(after));

  it("leave one line in the place of one", () => {
    for (const { fix } of PATTERNS)
      for (const text of ["a {x} ${y} eval(z) md5 redirect(q)", "for (const k in o) {"])
        expect(fix?.(text) ?? "").not.toContain("\n");
  });
});

describe("episodes", () => {
  const judge = (files: Files) =>
    fakeVerdict(files["app.py"]!.includes("(name,)") ? "blocked" : "exploitable");

  it("give the oracle everything and the same to everyone the second time", async () => {
    const measure = () => measureDifficulty(fakeVerifier(judge), [scenario], { episodes: 5 });
    const { scores, content } = await measure();
    expect(scores.oracle).toEqual({ episodes: 1, reward: 1.5, identified: 1, blocked: 1, no_signal: 0 });
    expect(scores.random.episodes).toBe(5);
    expect(scores.random.reward).toBeLessThan(0.5);
    expect(await measure()).toEqual({ content, scores, difficulty: difficultyOf(scores) });
  });

  it("count as they were announced", async () => {
    let seen = 0;
    const options = { episodes: 3, onEpisode: () => seen++ };
    await measureDifficulty(fakeVerifier(judge), [scenario, scenario], options);
    expect(seen).toBe(episodesOf(2, options));
  });

  it("without a signal are no measurement", async () => {
    const failing = fakeVerifier(() => fakeVerdict("infra-error"));
    const { scores, difficulty } = await measureDifficulty(failing, [scenario], { episodes: 1 });
    expect(scores.oracle).toMatchObject({ reward: null, no_signal: 1 });
    expect(difficulty).toBe(null);
  });

  it("of the random agent guess without the answers", () => {
    const lines = sourceLines(numberedSources(scenario.files));
    const hidden = new Proxy(scenario, {
      get: () => {
        throw new Error("the random agent looked at the answers");
      },
    });
    const play = randomAgent.play({ lines, rng: makeRng("x"), scenario: hidden });
    expect(play.next().done).toBe(false);
  });

  it("name the line of the fixture when a search finds it", () => {
    const found = suspects(sourceLines(numberedSources(scenario.files)));
    expect(found.map(({ at: { file, line } }) => [file, line])).toContainEqual(["app.py", TINY_LINE]);
  });
});

describe("difficulty", () => {
  const score = (over: Partial<BaselineScore> = {}): BaselineScore => {
    return { episodes: 1, reward: 0, identified: 0, blocked: 0, no_signal: 0, ...over };
  };
  const won = score({ reward: 1.5, identified: 1, blocked: 1 });
  const label = (over: Partial<Scores>) =>
    difficultyOf({ random: score(), grep: score(), pattern: score(), oracle: won, ...over });

  it.each([
    ["easy", { pattern: score({ blocked: 0.5 }), grep: score({ identified: 1 }) }],
    ["medium", { pattern: score({ blocked: 0.4 }), grep: score({ identified: 0.5 }) }],
    ["hard", { pattern: score({ blocked: 0.4 }), grep: score({ identified: 0.4 }) }],
    [null, { oracle: score({ reward: 1.2, blocked: 1 }), pattern: won }],
    [null, { grep: score({ no_signal: 1 }) }],
  ])("%s", (wanted, scores) => expect(label(scores)).toBe(wanted));
});
