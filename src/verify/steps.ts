/** Runs one check or attack against an application and keeps what was seen. */
import { InfraError, type Check, type Evidence, type Expectation, type Request } from "../core/index.ts";
import { AppFault, printable, type AppInstance, type HttpReply } from "../sandbox/index.ts";
import { CookieJar } from "./cookies.ts";
import { captured, fillAgain, fillStep, keep, type Captures } from "./captures.ts";
import { leavesFor } from "./redirects.ts";
import { findScript } from "./script-oracle.ts";
import { answerOrNever, staysSlow } from "./slowness.ts";
import type { Scripts } from "./scripts.ts";

export interface CheckResult {
  /** Every expectation of every step held. */
  readonly passed: boolean;
  /** The application failed to answer at all. */
  readonly fault?: AppFault;
  readonly evidence: Evidence;
}

/**
 * Sends the steps in order and stops at the first expectation that does not hold; or plays the function that the check
 * names, for which `scripts` is needed.
 */
export async function runCheck(app: AppInstance, check: Check, scripts?: Scripts): Promise<CheckResult> {
  if (check.script !== undefined) return runScript(app, check, scripts);
  const jar = new CookieJar();
  const captures: Captures = new Map();
  let evidence: Evidence = { name: check.name, passed: true };
  for (const step of check.steps) {
    const filled = fillStep(step, captures);
    const asked = withCookies(filled.request, jar);
    const request = fillAgain(asked, 0);
    const seen = { name: check.name, request: `${request.method} ${request.path}` };
    const faulted = (error: unknown): CheckResult => {
      if (!(error instanceof AppFault)) throw error;
      return { passed: false, fault: error, evidence: { ...seen, passed: false, detail: error.message } };
    };
    let reply: HttpReply;
    try {
      const onlySlow = filled.expect.length === 1 && filled.expect[0]!.kind === "slower";
      reply = await (onlySlow ? answerOrNever(app, request) : app.request(request));
    } catch (error) {
      return faulted(error);
    }
    for (const cookie of reply.cookies) jar.store(cookie);
    let failed =
      filled.expect.map((expected) => unmet(expected, reply, captures)).find((why) => why !== "") ?? "";
    const slower = filled.expect.find((expected) => expected.kind === "slower");
    if (failed === "" && slower !== undefined)
      try {
        failed = await staysSlow(app, asked, reply, slower, captures);
      } catch (error) {
        return faulted(error);
      }
    if (failed === "" && step.capture !== undefined) failed = keep(step.capture, asked, reply, captures);
    evidence = { ...seen, ...(reply.ms === Infinity ? {} : excerptOf(reply)), passed: failed === "" };
    if (failed !== "") return { passed: false, evidence: { ...evidence, detail: failed } };
  }
  return { passed: true, evidence };
}

async function runScript(app: AppInstance, check: Check, scripts?: Scripts): Promise<CheckResult> {
  if (scripts === undefined) throw new InfraError("grader", `nothing plays the script of "${check.name}"`);
  const jar = new CookieJar();
  let evidence: Evidence = { name: check.name, passed: true };
  try {
    const failed = await scripts.play(check, async (asked) => {
      const request = withCookies(asked, jar);
      evidence = { name: check.name, request: `${request.method} ${request.path}`, passed: true };
      const reply = await app.request(request);
      for (const cookie of reply.cookies) jar.store(cookie);
      evidence = { ...evidence, ...excerptOf(reply) };
      return reply;
    });
    if (failed === "") return { passed: true, evidence };
    return { passed: false, evidence: { ...evidence, passed: false, detail: failed } };
  } catch (error) {
    if (!(error instanceof AppFault)) throw error;
    return { passed: false, fault: error, evidence: { ...evidence, passed: false, detail: error.message } };
  }
}

/** Status, time and start of the body, for a report. */
export function excerptOf(reply: HttpReply): Pick<Evidence, "status" | "excerpt" | "ms"> {
  return {
    status: reply.status,
    excerpt: printable(reply.body.slice(0, 300)),
    ms: Math.round(reply.ms * 10) / 10,
  };
}

function withCookies(request: Request, jar: CookieJar): Request {
  const cookie = jar.header();
  return cookie === "" ? request : { ...request, headers: { Cookie: cookie, ...request.headers } };
}

/** Empty when the expectation holds, else what was expected. */
function unmet(expected: Expectation, reply: HttpReply, captures: Captures): string {
  const { body } = reply;
  switch (expected.kind) {
    case "status":
      return expected.in.includes(reply.status) ? "" : `expected status ${expected.in.join(" or ")}`;
    case "contains":
      return body.includes(expected.text) ? "" : `expected the body to contain ${quote(expected.text)}`;
    case "not-contains":
      return body.includes(expected.text) ? `expected the body not to contain ${quote(expected.text)}` : "";
    case "header": {
      const value = headerOf(reply, expected.name);
      return value.includes(expected.contains)
        ? ""
        : `expected the header ${expected.name} to contain ${quote(expected.contains)}`;
    }
    case "script":
      return findScript(reply, expected.marker) ? "" : "expected a browser to run the attacker's script";
    case "no-script": {
      const found = findScript(reply, expected.marker);
      return found ? `a browser would run the attacker's script: ${found}` : "";
    }
    case "differs":
      return body !== captured(expected.capture, captures).text
        ? ""
        : `expected another body than ${expected.capture}`;
    case "equals":
      return body === captured(expected.capture, captures).text
        ? ""
        : `expected the same body as ${expected.capture}`;
    case "leaves":
      return leavesFor(reply)?.includes(expected.host.toLowerCase())
        ? ""
        : `expected a redirection to a host named ${quote(expected.host)}`;
    case "stays": {
      const host = leavesFor(reply);
      return host === undefined
        ? ""
        : `expected no redirection to another host, but it leads to ${quote(host)}`;
    }
    case "slower":
      // Judged by staysSlow, which sends the request again.
      return "";
  }
}

function headerOf(reply: HttpReply, name: string): string {
  const wanted = name.toLowerCase();
  return wanted === "set-cookie" ? reply.cookies.join(", ") : (reply.headers[wanted] ?? "");
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
