/** The documents tell the truth: every command in them exists, quick ones are run, long ones name the test that does. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ArgsDef } from "citty";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dispatch, findCommand } from "../src/cli/dispatch.ts";
import { checkArguments } from "../src/cli/flags.ts";
import { root as program } from "../src/cli/root.ts";
import { createRun } from "../src/runs/index.ts";
import { projectRoot } from "../src/util/root.ts";
import { commandsIn, documents, localLinks } from "./support/documents.ts";

const root = projectRoot();
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Take long or never end: what they are is checked here, and the file on the right runs them. */
const ELSEWHERE: Record<string, string> = {
  "make quickstart": "Makefile",
  "make test": ".ci/run",
  "make setup": "test/setup.slow.test.ts",
  "npm run check": "scripts/test.ts",
  "ironbark run quickstart": "Makefile",
  "ironbark run grpo-minimal": "test/recipes.slow.test.ts",
  "ironbark run starter": "test/recipes.slow.test.ts",
  "ironbark run quickstart-control": "test/recipes.slow.test.ts",
  "ironbark run code-sft": "test/code-recipes.slow.test.ts",
  "ironbark run code-ppo": "test/code-recipes.slow.test.ts",
  "ironbark run code-grpo": "test/code-recipes.slow.test.ts",
  "ironbark run partial-credit": "test/code-recipes.slow.test.ts",
  "ironbark run secure-alignment": "test/alignment-recipe.slow.test.ts",
  "ironbark run secure-alignment --set align.security=executed --set align.likeness=tests":
    "test/alignment-recipe.slow.test.ts",
  "ironbark data reasoning rows.jsonl --samplers samplers.json --template cwe --cwe cwe.jsonl --samples 4 --out reasoned.jsonl":
    "src/envs/alignment/reasoning.test.ts",
  "ironbark data reasoning --by-rule train --out reasoned.jsonl": "test/alignment-recipe.slow.test.ts",
  "ironbark run quickstart --set grpo.steps=5 --out runs/short": "src/cli/cli.test.ts",
  "ironbark run quickstart --resume runs/quickstart": "src/cli/cli.test.ts",
  "ironbark env validate library": "src/cli/env.slow.test.ts",
  "make test-whole": "src/testing/whole.ts",
  "make test-cves": "test/cves.slow.test.ts",
  "ironbark env validate --cves": "test/cves.slow.test.ts",
  "ironbark env validate --all --repeats 20": "test/handwritten.slow.test.ts",
  "ironbark env validate --all --repeats 20 --out runs/validation": "src/cli/validate-body.test.ts",
  "ironbark env validate scenarios/bakery --repeats 20": "src/cli/env.slow.test.ts",
  "ironbark env serve patch": "src/cli/env.slow.test.ts",
  "ironbark run cwe": "src/cli/classifier.slow.test.ts",
  "ironbark train classifier --set data=dataset": "src/cli/classifier.slow.test.ts",
  "ironbark serve --model runs/code-sft/checkpoint": "src/cli/serve-model.slow.test.ts",
  "ironbark serve classifier": "src/serve/classifier-server.test.ts",
  "ironbark eval cwe runs/cwe/dataset/test.jsonl --model runs/cwe/checkpoint --model runs/cwe/baseline --html cwe.html":
    "src/cli/classifier.slow.test.ts",
  "ironbark reward score items.jsonl --out scores.jsonl": "src/cli/reward-files.slow.test.ts",
  "ironbark reward serve": "src/cli/reward.slow.test.ts",
  "ironbark eval codegen --samplers samplers.json": "src/cli/codegen.slow.test.ts",
  "npm run bench -- env-server": "bench/env-server.ts",
  "npm run bench -- serve": "bench/serve.ts",
  "ironbark data cve cvelist --out cves.jsonl": "src/cli/cwe.test.ts",
  "ironbark data cwe cves.jsonl --out dataset": "src/cli/cwe.test.ts",
  "ironbark classify --file advisory.txt --top 5": "src/cli/cwe.test.ts",
  "ironbark eval cwe cves.jsonl --json": "src/cli/cwe.test.ts",
  "ironbark data http --count 700 --out pairs.jsonl": "src/cli/http.test.ts",
  "ironbark triage --request request.txt --response response.txt": "src/cli/http.test.ts",
  "ironbark verify http pairs.jsonl": "src/cli/http.test.ts",
  "ironbark triage --har session.har": "src/cli/http.test.ts",
  "ironbark run http-triage": "test/http-triage.slow.test.ts",
  "ironbark eval http pairs.jsonl --model runs/http-triage/checkpoint": "test/http-triage.slow.test.ts",
  "ironbark eval http pairs.jsonl --model runs/http-triage/checkpoint --kinds FT-SC --analysis 0-0,8-40,32-96 --n 5 --temperature 0.7":
    "test/http-triage.slow.test.ts",
  "ironbark eval http pairs.jsonl --samplers samplers.json": "test/http-triage.slow.test.ts",
  "ironbark triage --har session.har --model runs/http-triage/checkpoint --analysis 16-64":
    "test/http-triage.slow.test.ts",
  "ironbark data http --samplers author.json --count 200 --ceiling 5 --out written.jsonl":
    "test/http-triage.slow.test.ts",
  "ironbark data detection --set sven=train.jsonl --held-out primevul-paired=primevul_test_paired.jsonl --out rows.jsonl":
    "src/data/detection/import.test.ts",
  "ironbark data sven train.jsonl --out sven.jsonl": "src/cli/detect.slow.test.ts",
  "ironbark eval detect rows.jsonl --tools bandit": "src/cli/detect.slow.test.ts",
  "ironbark eval detect rows.jsonl --samplers samplers.json --template cwe --cwe cwe.jsonl --n 5":
    "src/cli/detect.slow.test.ts",
  "ironbark eval detect rows.jsonl --answers runs/detect/small.answers.jsonl --json":
    "src/cli/detect.slow.test.ts",
  "ironbark eval cyberseceval instruct --prompts instruct.json --rules PurpleLlama --samplers samplers.json --judge judge.json":
    "src/cli/detect.slow.test.ts",
  "ironbark eval cyberseceval instruct --responses runs/cyberseceval/responses.json --rules PurpleLlama":
    "src/cli/detect.slow.test.ts",
  "ironbark eval cweval --repo CWEval --solutions reference": "src/cli/cweval.slow.test.ts",
  "ironbark eval cweval --repo CWEval --samplers samplers.json --samples 20": "src/cli/cweval.slow.test.ts",
  "ironbark eval cweval --repo CWEval --responses evals/eval_1": "src/cli/cweval.slow.test.ts",
  "ironbark data prompts sven.jsonl --samplers author.json --ceiling 20 --out runs/prompts":
    "src/cli/prompts.slow.test.ts",
  "ironbark agent serve": "src/cli/agent.slow.test.ts",
  "ironbark agent green": "src/cli/agent.slow.test.ts",
  "ironbark env validate redirect-javascript-open --seeds-per-family 5": "src/data/sites/sites.slow.test.ts",
  "ironbark env serve patch --scenarios sites": "src/cli/scenarios.test.ts",
  "npm run bench -- train-step": "bench/train-step.ts",
  "npm run bench -- train-step --distinct": "bench/train-step.ts",
  "npm run bench -- generate": "bench/generate.ts",
  "npm run bench -- grpo-step": "bench/grpo-step.ts",
  "npm run bench -- load-memory": "bench/load-memory.ts",
  "npm run bench -- qlora": "bench/qlora.ts",
  "npm run bench -- op-overhead": "bench/op-overhead.ts",
  "ironbark mcp --root .": "src/serve/mcp/mcp.slow.test.ts",
  "ironbark scan .": "src/scan/scan.slow.test.ts",
  "ironbark scan . --sarif ironbark.sarif --markdown report.md": "src/scan/scan.slow.test.ts",
  "ironbark scan . --write-baseline baseline.json": "src/scan/scan.slow.test.ts",
  "ironbark scan . --baseline baseline.json --json": "src/scan/scan.slow.test.ts",
  "ironbark scan src --diff main --fail-on error": "src/scan/scan.slow.test.ts",
};

const commands = documents(root).flatMap((path) => commandsIn(root, path));
const typed = [...new Set(commands.map(({ command }) => command))];
const quick = typed.filter((command) => command.startsWith("ironbark ") && !(command in ELSEWHERE));

describe("commands in the documents", () => {
  const before = process.cwd();
  const away = mkdtempSync(join(tmpdir(), "ironbark-docs-"));
  beforeAll(() => {
    process.chdir(away);
    for (const [name, reward] of [
      ["quickstart", 0.5],
      ["short", 0.25],
    ] as const)
      createRun({ dir: join("runs", name), command: "run quickstart", config: {}, seed: 1 }).finish({
        status: "done",
        metrics: { reward },
      });
  });
  afterAll(() => {
    process.chdir(before);
    rmSync(away, { recursive: true, force: true });
  });

  it("are found", () => {
    expect(typed).toEqual(expect.arrayContaining(["make quickstart", "ironbark env list", "npm run check"]));
  });

  it.each(quick)("%s", async (command) => {
    let err = "";
    const terminal = { out: () => {}, err: (text: string) => void (err += text), interactive: false };
    const code = await dispatch(
      program,
      command.split(/\s+/).slice(1),
      terminal,
      new AbortController().signal,
    );
    // Progress shows itself after two seconds, which is no mistake.
    const complaints = err.split("\n").filter((line) => !/ \.\.\.$|: [\d.]+ s$| \d+\/\d+(,|$)/.test(line));
    expect({ code, err: complaints.join("\n").trim() }).toEqual({ code: 0, err: "" });
  });

  it.each(typed.filter((command) => command in ELSEWHERE && command.startsWith("ironbark ")))(
    "%s (exists)",
    async (command) => {
      const { found, rest } = await findCommand(program, command.split(/\s+/).slice(1));
      expect(found.subCommands, "needs the name of a command").toBeUndefined();
      checkArguments(rest, found.args as ArgsDef);
      const recipe = /^ironbark run ([\w-]+)/.exec(command)?.[1];
      if (recipe !== undefined) expect(existsSync(join(root, "recipes", `${recipe}.ts`))).toBe(true);
    },
  );

  it.each(typed.filter((command) => /^(make|npm) /.test(command)))("%s (exists)", (command) => {
    const [tool, ...words] = command.split(/\s+/);
    if (tool === "make") expect(read("Makefile")).toMatch(new RegExp(`^${words[0]}:`, "m"));
    else expect(JSON.parse(read("package.json"))).toHaveProperty(["scripts", words[1]!]);
  });

  it("that are not run here name a file that exists, and are still in a document", () => {
    for (const [command, file] of Object.entries(ELSEWHERE)) {
      expect(existsSync(join(root, file)), `${command}: ${file}`).toBe(true);
      expect(typed).toContain(command);
    }
    for (const command of typed.filter((one) => /^(make|npm) /.test(one)))
      expect(Object.keys(ELSEWHERE)).toContain(command);
  });
});

describe("documents", () => {
  it.each(documents(root))("%s links only to files that exist", (path) => {
    for (const target of localLinks(root, path))
      expect(existsSync(join(root, dirname(path), target)), target).toBe(true);
  });

  it("give every dependency its line", () => {
    const page = read("docs/design/dependencies.md");
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      string,
      Record<string, string>
    >;
    for (const name of Object.keys({ ...dependencies, ...devDependencies }))
      expect(page).toContain(`\`${name}\``);
    for (const file of ["requirements.txt", "requirements-dev.txt", "requirements-openenv.txt"])
      for (const [, name] of read(`python/${file}`).matchAll(/^([\w-]+)==/gm))
        expect(page).toContain(`\`${name}\``);
  });

  it("show every folder of the sources in both trees, and AGENTS.md stays short", () => {
    const folders = new Set(read("README.md").match(/^src\/\w+/gm));
    expect(new Set(read("AGENTS.md").match(/^src\/\w+/gm))).toEqual(folders);
    for (const folder of folders) expect(existsSync(join(root, folder)), folder).toBe(true);
    expect(read("AGENTS.md").split("\n").length).toBeLessThan(80);
  });

  it("name no machine and no registry", () => {
    for (const path of [...documents(root), "Makefile", "scripts/setup.sh", "bin/ironbark"])
      expect(read(path), path).not.toMatch(/\/(root|home|work)\/|registry\.|pypi\.|npmjs|pythonhosted/);
  });
});
