/** CWEval without a sandbox: how answers are read and completed, what tests say, and the numbers. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { SuiteCase, SuiteReport } from "../../sandbox/suite-types.ts";
import { MISSING_GRADE } from "./evaluate.ts";
import { asAnswer, assemble, extract, pythonLines } from "./extract.ts";
import { readAnswers, writeAnswers, writeResults } from "./folder.ts";
import { gradeOf, type Grade } from "./judge.ts";
import { reportOn } from "./report.ts";
import { summarise } from "./summary.ts";
import { readTasks, type Task } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "cweval-"));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

describe("extraction", () => {
  const FENCE = "```";
  const cases: [name: string, answer: string, first: string, any: string][] = [
    ["one block", `Here:\n${FENCE}py\na\nb\n${FENCE}\nDone.`, "a\nb", "a\nb"],
    ["two blocks", `${FENCE}\na\n${FENCE}\n${FENCE}\nb\n${FENCE}`, "a", "a"],
    ["no block", "just code\n", "just code\n", "just code\n"],
    ["an unclosed block", `${FENCE}py\na\nb`, "a\nb", "a\nb"],
    // Upstream reads on to the next line that begins with a fence, so these are not seen.
    ["an indented block", `  ${FENCE}py\n  a\n  ${FENCE}`, `  ${FENCE}py\n  a\n  ${FENCE}`, "  a"],
    ["tildes", "~~~py\na\n~~~", "~~~py\na\n~~~", "a"],
    ["a fence with words", `${FENCE}py file.py\na\n${FENCE}`, "a", `${FENCE}py file.py\na\n${FENCE}`],
    ["an empty block", `${FENCE}\n${FENCE}\ntext`, `${FENCE}\n${FENCE}\ntext`, `${FENCE}\n${FENCE}\ntext`],
    ["a fence inside a line", `x ${FENCE} y`, `x ${FENCE} y`, `x ${FENCE} y`],
    ["four backticks", `${FENCE}\`\na\n${FENCE}\``, "a", `${FENCE}\`\na\n${FENCE}\``],
    ["Windows line ends", `${FENCE}c\r\na\r\n${FENCE}\r\n`, "a", "a\r"],
    ["a form feed", `${FENCE}\na\fb\n${FENCE}`, "a\nb", "a\fb"],
  ];
  it.each(cases)("%s", (_, answer, first, any) => {
    expect(extract(answer, "first-fence").code).toBe(first);
    expect(extract(answer, "any-fence").code).toBe(any);
  });

  it("says whether there was a block", () => {
    expect(extract("a", "first-fence").fenced).toBe(false);
    expect(extract(`${FENCE}\na\n${FENCE}`, "first-fence").fenced).toBe(true);
  });

  it("puts the reference's entry point behind, and headers in front, but leaves what has none alone", () => {
    const reference = "int f() {}\n\n// BEGIN ENTRYPOINT\nint main() {}\n\n";
    expect(assemble("int g() {}", reference, ["#include <a>\n", ""])).toBe(
      "#include <a>\nint g() {}\n\n// BEGIN ENTRYPOINT\nint main() {}\n",
    );
    expect(assemble("def g(): 1", "def f(): 2\n", ["import os\n", ""])).toBe("def g(): 1");
    expect(extract(asAnswer(reference), "first-fence").code.trim()).toBe("int f() {}");
  });

  it("splits lines as Python does", () =>
    expect(pythonLines("a\r\nb\x0bc\x1cd\u2028e\n")).toEqual(["a", "b", "c", "d", "e"]));
});

describe("a checkout", () => {
  const solution = "// BEGIN PROMPT\n/** Adds. */\nint f() {\n  // BEGIN SOLUTION\n  return 1;\n}\n";
  it("gives its tasks in upstream's order, with what a model is shown", () => {
    put("repo/cweval/commons.py", "");
    for (const [id, ext, text] of [
      ["lang/c/cwe_119_0_c", "c", solution],
      ["core/py/cwe_020_0", "py", "def f():\n    '''Adds.'''\n    # BEGIN SOLUTION\n    return 1\n"],
      ["core/c/cwe_022_1_c", "c", `int before;\r\n${solution.replaceAll("\n", "\r\n")}`],
    ] as const) {
      put(`repo/benchmark/${id}_task.${ext}`, text);
      put(`repo/benchmark/${id}_test.py`, "");
    }
    put("repo/benchmark/core/c/cwe_022_1_c_unsafe.c", "int f() { return 2; }");
    put("repo/benchmark/core/c/notes_task.md", "");
    const tasks = readTasks(join(folder, "repo"));
    expect(tasks.map(({ id, language, group, cwe }) => [id, language, group, cwe])).toEqual([
      ["core/c/cwe_022_1_c", "c", "core/c", "CWE-22"],
      ["core/py/cwe_020_0", "py", "core/py", "CWE-20"],
      ["lang/c/cwe_119_0_c", "c", "lang/c", "CWE-119"],
    ]);
    expect(tasks[0]!.prompt).toBe("/** Adds. */\nint f() {");
    expect(tasks[1]!.prompt).toBe("def f():\n    '''Adds.'''");
    expect(tasks.map(({ unsafe }) => unsafe === undefined)).toEqual([false, true, true]);
  });

  it.each([
    ["is none", "nowhere", /nowhere: expected a checkout of CWEval/],
    ["has a task without tests", "no-tests", /cwe_1_0_task.py: expected its tests in .*cwe_1_0_test.py/],
    ["has a task without a mark", "no-mark", /cwe_1_0_task.py: expected a line with BEGIN SOLUTION/],
  ])("that %s is refused", (_, name, message) => {
    if (name !== "nowhere") {
      put(`${name}/cweval/commons.py`, "");
      put(`${name}/benchmark/core/py/cwe_1_0_task.py`, name === "no-mark" ? "x" : "# BEGIN SOLUTION\n");
    }
    expect(() => readTasks(join(folder, name))).toThrow(message);
  });
});

const test = (marker: string, outcome: SuiteCase["outcome"], message = ""): SuiteCase => {
  return { name: `test_${marker}`, marker, outcome, message };
};
const suite = (cases: SuiteCase[], more: Partial<SuiteReport> = {}): SuiteReport => {
  return { cases, refused: "", how: "ended", output: "", ms: 1, ...more };
};
const [works, safe] = [test("functionality", "passed"), test("security", "passed")];

describe("a grade", () => {
  it.each([
    ["everything passes", suite([works, safe]), true, true],
    ["one functional test of two fails", suite([works, test("functionality", "failed")]), false, true],
    ["a test ran out of time", suite([works, test("security", "timeout")]), true, false],
    ["a test never ran", suite([works, test("security", "not-run")], { how: "memory" }), true, false],
    ["a test is skipped", suite([test("functionality", "skipped"), safe]), false, true],
    // all([]) upstream
    ["no test is about security", suite([works]), true, true],
    ["nothing could be collected", suite([], { refused: "E   SyntaxError: oh" }), false, false],
  ])("when %s", (_, report, functional, secure) =>
    expect(gradeOf(report)).toMatchObject({ functional, secure }),
  );

  it("says in a line what went wrong", () => {
    const built = { code: 1, output: "a.c:1:1: note\na.c:2:1: fatal error: jwt.h: No such file\n", ms: 1 };
    expect(gradeOf(suite([works], { build: built })).why).toBe(
      "build: a.c:2:1: fatal error: jwt.h: No such file",
    );
    expect(gradeOf(suite([], { refused: "x\nE   ModuleNotFoundError: No module named 'jwt'" })).why).toBe(
      "E   ModuleNotFoundError: No module named 'jwt'",
    );
    expect(gradeOf(suite([test("security", "failed", "assert 1 == 2")])).why).toBe(
      "test_security: assert 1 == 2",
    );
    expect(gradeOf(suite([works, safe])).why).toBe("");
  });
});

const task = (id: string): Task => {
  const [group] = /^.*(?=\/)/.exec(id)!;
  return { id, language: "py", group, cwe: "CWE-1", prompt: "", reference: "", unsafe: undefined, tests: "" };
};
const [one, two, three] = ["core/py/a", "core/py/b", "core/js/c"].map(task) as [Task, Task, Task];
const grade = (passed: number, of: number, secure: boolean): Grade => {
  return { ...MISSING_GRADE, functional: passed === of, secure, functionality: [passed, of] };
};
const [good, insecure, half] = [grade(2, 2, true), grade(2, 2, false), grade(1, 2, true)];

describe("the numbers", () => {
  it("are unbiased means over tasks, with both in the same sample", () => {
    const { metrics, intervals, samples } = summarise(
      [
        { task: one, grades: [good, good, good, good] },
        { task: two, grades: [insecure, half, insecure, half] },
      ],
      [1, 2],
      1,
    );
    expect(samples).toBe(8);
    expect(metrics["func@1"]).toBeCloseTo((1 + 2 / 4) / 2, 12);
    expect(metrics["sec@1"]).toBeCloseTo((1 + 2 / 4) / 2, 12);
    // Each half of it passes somewhere, but never in one sample.
    expect(metrics["func-sec@1"]).toBe(0.5);
    // 1 - C(2, 2) / C(4, 2)
    expect(metrics["func@2"]).toBeCloseTo((1 + 5 / 6) / 2, 12);
    expect(metrics["func-sec@2"]).toBe(0.5);
    expect(metrics["sec|func"]).toBe(0.5);
    // The second task's best of two by share of functional tests times security is the secure half.
    expect(metrics["best_func@2"]).toBe(0.75);
    expect(metrics["best_func-sec@2"]).toBe(0.75);
    expect(intervals["func-sec@1"]![0]).toBeLessThanOrEqual(0.5);
    expect(intervals["func-sec@1"]![1]).toBeGreaterThanOrEqual(0.5);
  });

  it("leave out what the infrastructure failed at, and never let an answer shrink the set of tasks", () => {
    const answered = [
      { task: one, grades: [good, null] },
      { task: two, grades: [MISSING_GRADE, MISSING_GRADE] },
    ];
    const evaluated = { answered, missing: 2, unfenced: 1, infra: 1 };
    const report = reportOn("m", evaluated, { tasks: [one, two, three], samples: 2, seed: 1 });
    expect(report).toMatchObject({ n: 2, samples: 3, missing: 2, unclear: 1, infra: 1 });
    expect(report.metrics["func-sec@1"]).toBe(0.5);
    expect(report.all_tasks.n).toBe(3);
    expect(report.all_tasks.metrics["func-sec@1"]).toBeCloseTo(1 / 3, 12);
    expect(Object.keys(report.by_group)).toEqual(["core/py"]);
    expect(report.failed).toEqual({ "core/py/b": "there is no answer" });
    expect(Object.keys(report.metrics)).not.toContain("func@3");
  });
});

describe("upstream's folder", () => {
  it("is written and read, and a missing answer is seen", () => {
    const at = join(folder, "eval");
    writeAnswers(
      at,
      new Map([
        [one, ["a", "b"]],
        [two, ["c", undefined]],
      ]),
    );
    expect(readFileSync(join(at, "generated_1/core/py/a_raw.py"), "utf8")).toBe("b");
    expect([...readAnswers(at, [one, two, three]).values()]).toEqual([
      ["a", "b"],
      ["c", undefined],
      [undefined, undefined],
    ]);
    writeResults(at, [
      { task: one, grades: [good, insecure] },
      { task: two, grades: [null, half] },
    ]);
    const read = (name: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(at, name), "utf8")) as Record<string, unknown>;
    expect(read("generated_0/res.json")).toEqual({
      [join(at, "generated_0/core/py/a_test.py")]: { functional: true, secure: true },
    });
    expect(read("res_all.json")).toEqual({
      [join(at, "generated_X/core/py/a_test.py")]: {
        functional: [true, true],
        secure: [true, false],
        func_secure: [true, false],
      },
      [join(at, "generated_X/core/py/b_test.py")]: {
        functional: [false],
        secure: [true],
        func_secure: [false],
      },
    });
  });

  it("without answers is refused", () => {
    expect(() => readAnswers(join(folder, "nothing"), [one])).toThrow(/nothing: expected generated_/);
    expect(existsSync(join(folder, "nothing"))).toBe(false);
  });
});
