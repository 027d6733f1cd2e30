/** Filters, clusters and the ledger, without an endpoint. */
import { describe, expect, it } from "vitest";
import type { KeyedLog } from "../../runs/keyed-log.ts";
import { cosine, hashedVectors, pickDiverse } from "./cluster.ts";
import { completionCode, instructionProblem } from "./filters.ts";
import { createLedger, mostCost, type Attempt } from "./ledger.ts";
import { readCode, readInstruction, readScenarios, scenarioPrompt } from "./wording.ts";

const TASK =
  "Write a Python function list_reports(name) that opens the report with that name below the folder reports and returns its lines as a list.";

describe("filters", () => {
  it.each([
    ["python", TASK, undefined],
    ["python", undefined, "no_instruction"],
    ["python", `${TASK} Keep it secure.`, "hint"],
    ["python", `${TASK} Sanitise the name.`, "hint"],
    ["python", `${TASK} (CWE-22)`, "hint"],
    ["python", `${TASK} Use prepared statements.`, "hint"],
    ["python", "Write a function.", "not_implementable"],
    ["python", `${TASK} The format is shown in the attached file.`, "not_implementable"],
    ["python", `${TASK} `.repeat(30), "not_implementable"],
    ["python", TASK.replace("Python", "Java"), "wrong_language"],
    ["java", TASK.replace("Python", "JavaScript"), "wrong_language"],
    ["javascript", TASK.replace("Python", "Node.js"), undefined],
    ["java", TASK.replace("a Python", "a"), undefined],
  ])("an instruction in %s: %s", (language, text, problem) =>
    expect(instructionProblem(text, language)).toBe(problem),
  );

  it.each([
    ["```python\nx = 1\n```", true, { code: "x = 1\n" }],
    ["text\n```\nx = 1\n```\nmore", true, { code: "x = 1\n" }],
    ["```python\nx = 1\n", true, { problem: "no_code" }],
    ["```python\n\n```", true, { problem: "no_code" }],
    ["x = 1", true, { problem: "no_code" }],
    ["```java\nint x;\n```", true, { problem: "wrong_language" }],
    ["```python\nx = 1\n```", false, { problem: "cut" }],
  ])("a completion %j", (text, finished, expected) =>
    expect(completionCode(text, finished, "python")).toEqual(expected),
  );
});

describe("reading answers", () => {
  it("takes what stands in the tags", () => {
    expect(
      readScenarios("<scenario> a </scenario>\n<SCENARIO>b\nc</SCENARIO><scenario> </scenario>"),
    ).toEqual(["a", "b\nc"]);
    expect(readInstruction("x <task>do</task> <task>other</task>")).toBe("do");
    expect(readInstruction("<task>do")).toBeUndefined();
    expect(readCode("````md\n```\nx\n```\n````")).toEqual({ named: "md", code: "```\nx\n```\n" });
  });

  it("does not say in a prompt for scenarios that the code is vulnerable", () => {
    expect(scenarioPrompt("f()", "python", 3)).not.toMatch(/vulnerab|weak|secur|attack/i);
  });
});

describe("clusters", () => {
  const topics = [
    "invoices of a small bakery with tax",
    "sensor values of a green house",
    "lists of songs for a party",
  ];
  const texts = topics.flatMap((topic) => [1, 2, 3, 4].map((one) => `${topic} number ${one}`));

  it("keep one of each kind, the same for the same seed", () => {
    const picked = pickDiverse(hashedVectors(texts), 3, "s");
    expect(picked.map((index) => Math.floor(index / 4))).toEqual([0, 1, 2]);
    expect(pickDiverse(hashedVectors(texts), 3, "s")).toEqual(picked);
  });

  it("keep all when there are no more than wanted, and one of what is all the same", () => {
    expect(pickDiverse(hashedVectors(texts), 12, "s")).toHaveLength(12);
    expect(pickDiverse(hashedVectors(["a b", "a b", "a b"]), 2, "s")).toHaveLength(1);
  });

  it("find equal texts alike and others not", () => {
    const [a, b, c] = hashedVectors(["print the list", "Print, the list!", "count all birds"]);
    expect(cosine(a!, b!)).toBeCloseTo(1, 12);
    expect(Math.abs(cosine(a!, c!))).toBeLessThan(0.5);
  });
});

describe("the ledger", () => {
  const log = (entries = new Map<string, Attempt>()): KeyedLog<Attempt> => ({
    get: (key) => entries.get(key),
    put: (key, value) => void entries.set(key, value),
    entries: () => entries.entries(),
    close: () => {},
  });

  it("never lets what is spent and under way pass the ceiling", () => {
    const ledger = createLedger(log(), 10);
    expect([ledger.reserve("a", 6), ledger.reserve("b", 6), ledger.reserve("c", 4)]).toEqual([
      true,
      false,
      true,
    ]);
    ledger.settle("a", "paid", 1);
    expect([ledger.spent(), ledger.underWay(), ledger.reserve("b", 6)]).toEqual([1, 1, false]);
    ledger.settle("c", "free", 0);
    expect(ledger.reserve("b", 6)).toBe(true);
    ledger.settle("b", "unknown", 6);
    expect([ledger.spent(), ledger.unknown()]).toEqual([7, 1]);
  });

  it("counts what was under way when its process was killed as charged, at its most", () => {
    const file = log();
    const before = createLedger(file, 10);
    before.reserve("a", 3);
    before.reserve("b", 4);
    before.settle("b", "paid", 1);
    const after = createLedger(file, 10);
    expect([after.spent(), after.unknown(), after.underWay()]).toEqual([4, 1, 0]);
    expect([after.reserve("c", 7), after.reserve("d", 6)]).toEqual([false, true]);
  });

  it("bounds a call by its bytes", () => {
    expect(mostCost("é".repeat(10), 100, { input: 1e6, output: 1e6 })).toBe(20 + 64 + 100);
  });
});
