/** The report shows what hostile models and applications wrote without ever running it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, type DefaultTreeAdapterMap } from "parse5";
import { afterAll, describe, expect, it } from "vitest";
import type { Verdict } from "../core/verdict.ts";
import { curvesFromMetrics, reportRow, writeReport, type Report } from "./index.ts";

const dir = mkdtempSync(join(tmpdir(), "ironbark-report-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Node = DefaultTreeAdapterMap["node"];
type Element = DefaultTreeAdapterMap["element"];

function elements(html: string): Element[] {
  const out: Element[] = [];
  const walk = (node: Node): void => {
    if ("tagName" in node) out.push(node);
    if ("childNodes" in node) node.childNodes.forEach(walk);
  };
  walk(parse(html));
  return out;
}

const text = (node: Node): string =>
  "value" in node ? node.value : "childNodes" in node ? node.childNodes.map(text).join("") : "";

const ATTACKS = [
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(2)>`,
  `' onmouseover='alert(3)`,
  "</pre></details></title></style></svg><iframe src=//evil.example></iframe>",
  "<!-- <script>alert(4)</script> -->",
  "&lt;script&gt;alert(5)&lt;/script&gt;",
  "<svg/onload=alert(6)><a href=javascript:alert(7)>x</a>",
  "]]><script>alert(8)</script>",
];
const hostile = ATTACKS.join(" ");

const verdict: Verdict = {
  outcome: "exploitable",
  message: hostile,
  runs: true,
  blocked: [],
  rungs: [
    { name: "parses", passed: true, evidence: [] },
    {
      name: "exploits",
      passed: false,
      evidence: [
        {
          name: hostile,
          passed: false,
          request: hostile,
          status: 200,
          excerpt: hostile,
          detail: hostile,
          ms: 1,
        },
      ],
    },
  ],
  seconds: 0.1,
  cached: false,
};

function report(evil: string): Report {
  return {
    title: evil,
    notes: [evil],
    table: { columns: [evil], rows: [{ title: evil, kind: "rate", cells: [null] }] },
    curves: [
      { title: evil, xLabel: evil, yLabel: evil, series: [{ name: evil, points: [[0, 1]], color: evil }] },
    ],
    traces: [
      {
        title: evil,
        prompt: evil,
        completions: [evil],
        turns: [
          {
            action: { [evil]: evil },
            observation: evil,
            reward: 0.3,
            components: { [evil]: 1 },
            evidence: verdict,
          },
          {
            action: null,
            observation: { body: evil },
            reward: null,
            components: {},
            evidence: { [evil]: evil },
          },
        ],
        reward: null,
      },
    ],
  };
}

describe("a report on hostile content", () => {
  const path = writeReport({ dir }, report(hostile));
  const html = readFileSync(path, "utf8");
  const hostileElements = elements(html);
  const harmless = elements(readFileSync(writeReport({ dir }, report("harmless")), "utf8"));

  it("has the same elements and attributes as one on harmless content", () => {
    const shape = (all: readonly Element[]): string[] =>
      all.map(
        (element) => `${element.tagName} ${element.attrs.map((attribute) => attribute.name).join(" ")}`,
      );
    expect(shape(hostileElements)).toEqual(shape(harmless));
  });

  it("has no script, no handler and nothing to load", () => {
    expect(hostileElements.length).toBeGreaterThan(40);
    for (const { tagName, attrs } of hostileElements) {
      expect(["script", "iframe", "img", "link", "object", "embed", "form", "a"]).not.toContain(tagName);
      for (const { name } of attrs) expect(name).not.toMatch(/^on|^(src|href|action|xlink:href|style)$/);
    }
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(
      html.replaceAll("http://www.w3.org/2000/svg", "").replace(/https?:|url\(|@import/g, "LOADS"),
    ).not.toContain("LOADS");
  });

  it("shows it all, letter for letter", () => {
    const shown = hostileElements.filter(({ tagName }) => tagName === "pre").map(text);
    expect(shown.filter((content) => content.includes(hostile)).length).toBeGreaterThanOrEqual(4);
  });
});

describe("a report", () => {
  const html = (more: Partial<Report>): string =>
    readFileSync(writeReport({ dir }, { title: "T", curves: [], traces: [], ...more }), "utf8");

  it("spells out what cannot be seen and cuts what is endless", () => {
    const trick = "if admin\u202e\u2066 // check\u200b\u0000\ud800 é 🙂\ttab\nline";
    const trace = { title: "t", prompt: trick, turns: [], reward: 1 };
    const prompt = elements(html({ traces: [trace] })).find(({ tagName }) => tagName === "pre")!;
    expect(text(prompt)).toBe("if admin\\u{202e}\\u{2066} // check\\u{200b}\\u{0}\\u{d800} é 🙂\ttab\nline");
    expect(html({ traces: [{ ...trace, prompt: "x".repeat(300_000) }] })).toContain(
      "[100000 more characters]",
    );
  });

  it("has results with their intervals and says what was not measured", () => {
    const before = { blocked: 0.1, blocked_ci95: [0.05, 0.2], reward: 0.25, reward_ci95: [0.2, 0.3] };
    const after = { blocked: 0.5, blocked_ci95: [0.4, 0.6] };
    const rows = [
      reportRow("Blocked", "rate", "blocked", [before, after]),
      reportRow("Reward", "number", "reward", [before, after]),
    ];
    const cells = elements(html({ table: { columns: ["before", "after"], rows } }))
      .filter(({ tagName }) => tagName === "td")
      .map(text);
    expect(cells).toEqual([
      "10.0 % (5.0 to 20.0)",
      "50.0 % (40.0 to 60.0)",
      "0.250 (0.200 to 0.300)",
      "not measured",
    ]);
  });

  it("shows every rung's evidence, every component, and null as no signal", () => {
    const turn = {
      action: "a",
      observation: "o",
      reward: 0.3,
      components: { identify: 0.3 },
      evidence: verdict,
    };
    const page = html({ traces: [{ title: "t", prompt: "p", turns: [turn], reward: null }] });
    const shown = text(parse(page));
    for (const part of ["Verdict: exploitable", "identify", "no signal", "reward 0.3", "exploits", "parses"])
      expect(shown).toContain(part);
  });

  it("draws the metrics that are there, with a gap where there is no signal", () => {
    const records = [1, 2, 3].map((step) => ({ step, reward: step === 2 ? null : step, kl: 0 }));
    const curves = curvesFromMetrics(records);
    expect(curves.map(({ title }) => title)).toEqual(["Reward", "KL to the reference"]);
    expect(curves[0]!.series).toEqual([
      {
        name: "reward",
        points: [
          [1, 1],
          [2, NaN],
          [3, 3],
        ],
      },
    ]);
    const many = Array.from({ length: 100 }, (_, step) => ({ step, reward: step % 2 }));
    const smoothed = curvesFromMetrics(many)[0]!.series;
    expect(smoothed.map(({ faint }) => faint)).toEqual([true, undefined]);
    expect(smoothed[1]!.points[50]![1]).toBeCloseTo(0.5, 0);
  });
});
