/** The definitions for pre-commit and GitHub: they give flags that the command has. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ArgsDef } from "citty";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { projectRoot } from "../util/root.ts";
import scan from "./commands/scan.ts";
import { checkArguments } from "./flags.ts";

const read = (name: string): unknown => parse(readFileSync(join(projectRoot(), name), "utf8"));
const args = scan.args as ArgsDef;

it("the pre-commit hook is a command line that is accepted", () => {
  const [hook] = read(".pre-commit-hooks.yaml") as { entry: string; pass_filenames: boolean }[];
  expect(hook!.pass_filenames).toBe(false);
  const [program, command, ...rest] = hook!.entry.split(" ");
  expect([program, command]).toEqual(["ironbark", "scan"]);
  expect(() => checkArguments(rest, args)).not.toThrow();
});

it("the action passes what it is given through the environment, to flags that exist", () => {
  const action = read("action.yml") as {
    inputs: object;
    runs: { steps: { id?: string; env?: Record<string, string>; run?: string }[] };
  };
  const step = action.runs.steps.find(({ id }) => id === "scan")!;
  for (const input of Object.keys(action.inputs))
    expect(Object.values(step.env!)).toContain(`\${{ inputs.${input} }}`);
  expect(action.runs.steps.map(({ run = "" }) => run).join("\n")).not.toContain("${{");
  const flags = [...step.run!.matchAll(/--([a-z-]+)/g)].map(([, name]) => name!);
  expect(flags.length).toBeGreaterThan(4);
  for (const name of flags) expect(Object.keys(args)).toContain(name);
});
