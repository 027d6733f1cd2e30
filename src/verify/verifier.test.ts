/** The verifier on a small real application, and on a sandbox that only pretends. */
import { afterAll, describe, expect, it } from "vitest";
import { InfraError, PrerequisiteError, RUNGS, type Patch, type Verdict } from "../core/index.ts";
import { fakePool } from "../testing/app-pool.ts";
import { TINY_LINE, tinyFix, tinyScenario } from "../testing/scenario.ts";
import { openVerifier } from "./open.ts";
import { createVerifier } from "./verifier.ts";

const verifier = openVerifier({ workers: 2 });
afterAll(() => verifier.close());
const scenario = tinyScenario();

const lastRung = (verdict: Verdict): string => verdict.rungs.at(-1)!.name;
const whole = (change: (source: string) => string): Patch => ({
  "app.py": change(scenario.files["app.py"]!),
});

describe("a patch", () => {
  it("that fixes is blocked, with evidence for every rung in order", async () => {
    const verdict = await verifier.verify(scenario, scenario.reference);
    expect(verdict).toMatchObject({ outcome: "blocked", runs: true, blocked: ["search"], cached: false });
    expect(verdict.rungs.map(({ name }) => name)).toEqual(RUNGS);
    expect(verdict.rungs.every(({ passed }) => passed)).toBe(true);
    const exploit = verdict.rungs.find(({ name }) => name === "exploits")!.evidence[0]!;
    expect(exploit).toMatchObject({ name: "union", passed: true, status: 200 });
    expect(exploit.request).toContain("GET /find?name='%20UNION");
  });

  it.each<[string, Patch, Verdict["outcome"], boolean, string]>([
    ["does not apply", { "app.py": [{ search: "nowhere", replace: "" }] }, "broken", false, "applies"],
    ["is empty", {}, "broken", false, "applies"],
    ["adds a file", { "sqlite3.py": "" }, "broken", false, "applies"],
    ["is no Python", whole((source) => `${source}\ndef (:`), "syntax-error", false, "parses"],
    ["does not start", whole((source) => `import nowhere\n${source}`), "broken", false, "starts"],
    ["defines no application", whole((source) => `${source}\napp = None\n`), "broken", false, "starts"],
    ["fails a shown check", tinyFix("db.execute('SELECT 1 WHERE 0')"), "broken", false, "visible"],
    ["fails a hidden check", tinyFix("db.execute('SELECT title FROM items')"), "broken", true, "hidden"],
    ["changes nothing", whole((source) => source), "exploitable", true, "exploits"],
    [
      "swallows the payload literally used",
      whole((source) => source.replace("    db =", '    name = name.replace("\' UNION", "")\n    db =')),
      "exploitable",
      true,
      "variants",
    ],
    [
      "adds a weakness that the analyzer knows, silenced",
      whole(
        (source) =>
          source.replace(
            /db.execute.*'"\)/,
            'db.execute("SELECT title FROM items WHERE title = ?", (name,))',
          ) + "\n\ndef unused(x):\n    return eval(x)  # nosec\n",
      ),
      "broken",
      true,
      "analyzers",
    ],
    [
      "rewrites more than a fix needs",
      whole(
        (source) =>
          source.replace(
            /db.execute.*'"\)/,
            'db.execute("SELECT title FROM items WHERE title = ?", (name,))',
          ) + "\nextra = 1".repeat(40),
      ),
      "broken",
      true,
      "small",
    ],
  ])("that %s", async (_, patch, outcome, runs, rung) => {
    const verdict = await verifier.verify(scenario, patch);
    expect({ outcome: verdict.outcome, runs: verdict.runs, rung: lastRung(verdict) }).toEqual({
      outcome,
      runs,
      rung,
    });
    expect(verdict.rungs.at(-1)!.passed).toBe(false);
    expect(verdict.message).not.toMatch(/finds nothing|UNION|union/);
  });

  it("is reported per weakness when there are several", async () => {
    const two = tinyScenario({
      weaknesses: [scenario.weaknesses[0]!, { ...scenario.weaknesses[0]!, id: "again" }],
    });
    expect((await verifier.verify(two, two.reference)).blocked).toEqual(["search", "again"]);
    expect(
      await verifier.verify(
        two,
        whole((source) => source),
      ),
    ).toMatchObject({
      outcome: "exploitable",
      blocked: [],
    });
  });

  it("is judged by benign answers too", async () => {
    const strict = tinyScenario({ benign: [{ path: "/find?name=boat" }] });
    const verdict = await verifier.verify(
      strict,
      tinyFix(`db.execute("SELECT title FROM items WHERE title = ?", (name,))`),
    );
    expect(verdict.outcome).toBe("blocked");
    const other = await verifier.verify(
      strict,
      whole((source) =>
        source
          .replace(/db.execute.*'"\)/, 'db.execute("SELECT title FROM items WHERE title = ?", (name,))')
          .replace("return {", 'return {"extra": 1} if not rows else {'),
      ),
    );
    expect(other).toMatchObject({ outcome: "broken", runs: true });
    expect(lastRung(other)).toBe("benign");
  });
});

describe("a scenario", () => {
  it("whose attack is dead gives no signal", async () => {
    const dead = structuredClone(scenario);
    dead.weaknesses[0]!.variants[1]!.steps[0]!.request.path = "/find?name=lamp";
    const verdict = await verifier.verify(dead, dead.reference);
    expect(verdict).toMatchObject({ outcome: "infra-error", runs: false, blocked: [] });
    expect(verdict.message).not.toContain("union");
    await expect(verifier.baseline(dead)).rejects.toThrow(/does not give in to the attack "union"/);
  });

  it("whose own check fails gives no signal", async () => {
    const wrong = tinyScenario({
      hidden: [
        { name: "x", steps: [{ request: { path: "/nowhere" }, expect: [{ kind: "status", in: [200] }] }] },
      ],
    });
    await expect(verifier.baseline(wrong)).rejects.toThrow(/fails its check "x" \(GET \/nowhere/);
  });

  it("is told apart by content, not by identity", async () => {
    const same = structuredClone(scenario);
    expect((await verifier.verify(same, scenario.reference)).cached).toBe(true);
    const moved = tinyScenario({
      weaknesses: [{ ...scenario.weaknesses[0]!, locations: [{ file: "app.py", line: TINY_LINE + 1 }] }],
    });
    expect((await verifier.verify(moved, scenario.reference)).cached).toBe(false);
  });
});

describe("the cache", () => {
  it("serves candidates with the same files, under way or done, unless bypassed", async () => {
    const fresh = createVerifier({ pool: verifier.pool });
    const again = whole((source) => source);
    const [a, b] = await Promise.all([fresh.verify(scenario, again), fresh.verify(scenario, again)]);
    expect([a.cached, b.cached]).toEqual([false, true]);
    expect((await fresh.verify(scenario, again)).cached).toBe(true);
    expect((await fresh.verify(scenario, again, { cache: false })).cached).toBe(false);
  });
});

describe("a failing sandbox", () => {
  const failing = (times: number) => {
    let left = times;
    return fakePool({
      onStart: () => {
        if (left-- > 0) throw new InfraError("sandbox", "gone");
        return "does not start";
      },
    });
  };

  it("is tried once more, then gives no signal, and is not remembered", async () => {
    const pool = failing(4);
    const broken = createVerifier({ pool });
    expect((await broken.verify(scenario, scenario.reference)).outcome).toBe("infra-error");
    const starts = pool.started.length;
    expect(await broken.verify(scenario, scenario.reference)).toMatchObject({ cached: false });
    expect(pool.started.length).toBeGreaterThan(starts);
  });

  it("that is missing is the user's to fix", async () => {
    const pool = fakePool({
      onStart: () => {
        throw new PrerequisiteError("no isolation available");
      },
    });
    await expect(createVerifier({ pool }).verify(scenario, scenario.reference)).rejects.toThrow(
      PrerequisiteError,
    );
  });
});
