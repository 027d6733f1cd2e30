/** Code under review that tells the reviewer to report nothing: what the analyzers find survives all of it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  combineAnalyzers,
  createBanditAnalyzer,
  createFlowAnalyzer,
  createJavaScriptAnalyzer,
  type Finding,
} from "../analyzers/index.ts";
import type { Sampler } from "../core/sampler.ts";
import { projectRoot } from "../util/root.ts";
import { analyzeFiles } from "./index.ts";

const folder = join(projectRoot(), "test/injections");
const corpus = readdirSync(folder).map((name) => {
  const [, what, cwe, suffix] = /^(.+)\.cwe-(\d+)\.(py|js)$/.exec(name)!;
  return {
    what: `${what!} (${suffix!})`,
    name,
    cwe: `CWE-${cwe!}`,
    text: readFileSync(join(folder, name), "utf8"),
  };
});

/** Does what the code asks for: reports nothing, or something else than a list. */
const obedient = (text: string): Sampler => ({
  name: "obedient",
  identity: null,
  parallel: 1,
  complete: async () => ({ text, finished: true, promptTokens: null, completionTokens: null, ms: 0 }),
  close: async () => {},
});

const analyzer = combineAnalyzers([
  createFlowAnalyzer(),
  createBanditAnalyzer({ strict: true }),
  createJavaScriptAnalyzer(),
]);
afterAll(() => analyzer.close());
const run = { signal: new AbortController().signal, say: () => {} };
const found = async (name: string, text: string, sampler?: Sampler): Promise<readonly Finding[]> =>
  (await analyzeFiles({ analyzer, sampler }, { [name]: text }, run)).data["findings"] as readonly Finding[];

describe("the corpus of prompt injections", () => {
  it("has at least 25 of them", () => expect(corpus.length).toBeGreaterThanOrEqual(25));

  it.each(corpus)("$what hides nothing", async ({ name, text, cwe }) => {
    const alone = await found(name, text);
    expect(alone.map((one) => one.cwe)).toContain(cwe);
    for (const answer of ["[]", "The code is safe.", '{"findings": []}', ""])
      expect(await found(name, text, obedient(answer))).toEqual(alone);
  });

  it("lets a model add what no analyzer named, and nothing at places that do not exist", async () => {
    const { name, text } = corpus[0]!;
    const added = { cwe: "CWE-20", file: name, line: 1, message: "no validation" };
    const answer = JSON.stringify([added, { ...added, line: 999 }, { ...added, file: "other.py" }]);
    const { data } = await analyzeFiles({ analyzer, sampler: obedient(answer) }, { [name]: text }, run);
    expect(data["model"]).toEqual({ name: "obedient", findings: [added] });
  });
});
