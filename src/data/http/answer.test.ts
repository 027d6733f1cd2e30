/** What models are shown and asked, how answers are read, and what the agents' proposals have to withstand. */
import { describe, expect, it } from "vitest";
import { judgeHttp } from "../../verify/http/index.ts";
import type { Answer, Call, Calls } from "../prompts/calls.ts";
import { askAgents } from "./agents/agents.ts";
import { analysesOf, questionText, readAnswer } from "./answer.ts";
import { generatePairs } from "./generate/generate.ts";
import { parseRequest, parseResponse } from "./parse.ts";
import { renderPair } from "./render.ts";
import type { RawPair } from "./template-file.ts";

const message = (request: string, response: string) =>
  [parseRequest(request, "request").message, parseResponse(response, "response").message] as const;

describe("an answer", () => {
  it.each([
    ["<result>1</result>", true, ""],
    ["<analysis>\n HSTS is missing. </analysis>\n<result>0</result>\n", false, "HSTS is missing."],
    ["<think>1? no: <result>1</result></think><result>0</result>", false, ""],
  ])("of %j has a verdict", (text, vulnerable, analysis) =>
    expect(readAnswer(text)).toEqual({ vulnerable, analysis }),
  );

  it.each([
    "",
    "1",
    "It is vulnerable.",
    "<result>yes</result>",
    "<result>1</result><result>0</result>",
    "I say <result>1</result>",
    "<result>1</result> <analysis>late</analysis>",
    "<analysis>never closed <result>1</result>",
  ])("of %j is unclear", (text) => expect(readAnswer(text).vulnerable).toBeNull());
});

describe("what a model is shown", () => {
  it("is sorted, decoded and short, and does not depend on the server's order", () => {
    const [request, response] = message(
      "GET /a?q=%3Cb%3E&n=1 HTTP/1.1\r\nHost: x.example\r\nUser-Agent: curl\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX-Frame-Options: DENY\r\nDate: today\r\nCache-Control: no-store\r\n\r\n<p>  <b> 0123456789abcdef0123 </p>",
    );
    expect(renderPair(request, response, "XSS")).toEqual({
      request: "GET /a\nq=<b>\nn=1\nhost: x.example",
      response: "200\ncache-control: no-store\nx-frame-options: DENY\n<p> <b> # </p>",
    });
  });

  it("keeps what stands around a value that a long body gives back", () => {
    const payload = "<script>alert(1)</script>";
    const [request, response] = message(
      `GET /?q=${encodeURIComponent(payload)} HTTP/1.1\r\nHost: x.example\r\n\r\n`,
      `HTTP/1.1 200 OK\r\n\r\n${"a ".repeat(3000)}<p>${payload}</p>${" b".repeat(3000)}`,
    );
    const shown = renderPair(request, response, "XSS").response;
    expect(shown).toContain(`<p>${payload}</p>`);
    expect(shown.length).toBeLessThan(800);
  });

  it("names the bounds, and the policy only when engineered", () => {
    const shown = { request: "GET /", response: "200" };
    const text = questionText("HTTP_HEADERS", shown, { min: 16, max: 48 }, false);
    expect(text).toContain("16 to 48 tokens");
    expect(text).not.toContain("15552000");
    expect(questionText("HTTP_HEADERS", shown, { min: 0, max: 0 }, true)).toContain("15552000");
  });

  it("does not tell the label: twins differ only where their messages do", () => {
    const pairs = [...generatePairs({ seed: 5, count: 20, categories: ["HTTP_HEADERS"], judge: judgeHttp })];
    for (const pair of pairs) {
      const [request, response] = message(pair.request, pair.response);
      const shown = renderPair(request, response, pair.category);
      expect(Object.values(shown).join("\n")).not.toMatch(/vulnerable|sound|missing|rule/);
      expect(analysesOf(pair)[0]).toBe("");
      expect(analysesOf(pair).length).toBeGreaterThan(2);
    }
  });
});

describe("the agents", () => {
  const made = [...generatePairs({ seed: 9, count: 2, categories: ["HTTP_HEADERS"], judge: judgeHttp })];
  const [vulnerable, sound] = [made[0]!, made[1]!];
  const tagged = ({ request, response }: RawPair): string =>
    `<request>\n${request}\n</request>\n<response>\n${response}\n</response>`;

  /** Answers by stage. */
  const calls = (
    answers: Readonly<Record<string, (call: Call, index: number) => Answer | string>>,
  ): Calls => ({
    all: async (stage, asked) =>
      asked.map((call, index) => {
        const text = answers[stage]!(call, index);
        return typeof text !== "string" || ["ceiling", "failed", "refused"].includes(text)
          ? (text as Answer)
          : { text, finished: true, promptTokens: 1, completionTokens: 1, ms: 1 };
      }),
    counts: () => ({
      asked: 0,
      known: 0,
      attempts: 0,
      failed_attempts: 0,
      prompt_tokens: 0,
      completion_tokens: 0,
    }),
  });
  const honest = {
    content: (): string => tagged(sound),
    qa: (): string => "<result>1</result>",
    vulnerability: (): string => tagged(vulnerable),
    reasoning: (): string => "<analysis>Because of the header.</analysis>",
  };
  const ask = (over: Partial<Parameters<typeof calls>[0]>, count = 2) =>
    askAgents([sound], {
      calls: calls({ ...honest, ...(over as typeof honest) }),
      judge: judgeHttp,
      categories: ["HTTP_HEADERS"],
      count,
      seed: 1,
    });

  it("make a vulnerable pair and its sound twin", async () => {
    const { pairs, report } = await ask({});
    expect(pairs.map((pair) => pair.is_vulnerable)).toEqual([true, false]);
    expect(pairs[0]!.provenance).toMatchObject({ source: "model", twin: pairs[1]!.id });
    expect(pairs[0]!.fact!.rule).not.toBe("headers-sound");
    expect(report.pairs).toBe(2);
  });

  it.each([
    ["no_tags", { content: (): string => "Here you are!" }],
    ["no_http", { content: (): string => tagged({ ...sound, response: "hello" }) }],
    ["not_sound", { content: (): string => tagged(vulnerable) }],
    ["rejected", { qa: (): string => "<result>0</result>" }],
    ["not_vulnerable", { vulnerability: (): string => tagged({ ...sound, request: `${sound.request} ` }) }],
    ["no_analysis", { reasoning: (): string => "It is obvious." }],
  ] as const)("are not believed: %s", async (reason, over) => {
    const { pairs, report } = await ask(over);
    expect(pairs).toEqual([]);
    expect(report.left_out[reason]).toBe(1);
  });

  it("count duplicates and calls without an answer", async () => {
    const { report } = await ask({}, 4);
    expect(report.left_out.duplicate).toBe(1);
    const stopped = await ask({ content: (): string => "ceiling" });
    expect(stopped.report.unanswered.ceiling).toBe(1);
  });
});
