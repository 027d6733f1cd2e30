/** Runs one check or attack against an application and keeps what was seen. */
import { InfraError, type Check, type Evidence, type Expectation, type Request } from "../core/index.ts";
import { AppFault, printable, type AppInstance, type HttpReply } from "../sandbox/index.ts";
import { CookieJar } from "./cookies.ts";
import { findScript } from "./script-oracle.ts";

export interface CheckResult {
  /** Every expectation of every step held. */
  readonly passed: boolean;
  /** The application failed to answer at all. */
  readonly fault?: AppFault;
  readonly evidence: Evidence;
}

/** Sends the steps in order and stops at the first expectation that does not hold. */
export async function runCheck(app: AppInstance, check: Check): Promise<CheckResult> {
  const jar = new CookieJar();
  const captures = new Map<string, string>();
  let evidence: Evidence = { name: check.name, passed: true };
  for (const step of check.steps) {
    const request = withCookies(step.request, jar);
    const seen = { name: check.name, request: `${request.method} ${request.path}` };
    let reply: HttpReply;
    try {
      reply = await app.request(request);
    } catch (error) {
      if (!(error instanceof AppFault)) throw error;
      return { passed: false, fault: error, evidence: { ...seen, passed: false, detail: error.message } };
    }
    for (const cookie of reply.cookies) jar.store(cookie);
    const failed = step.expect.map((expected) => unmet(expected, reply, captures)).find((why) => why !== "");
    evidence = { ...seen, ...excerptOf(reply), passed: failed === undefined };
    if (failed !== undefined) return { passed: false, evidence: { ...evidence, detail: failed } };
    if (step.capture !== undefined) captures.set(step.capture, reply.body);
  }
  return { passed: true, evidence };
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
function unmet(expected: Expectation, reply: HttpReply, captures: ReadonlyMap<string, string>): string {
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
      return body !== captured(expected.capture, captures)
        ? ""
        : `expected another body than ${expected.capture}`;
    case "equals":
      return body === captured(expected.capture, captures)
        ? ""
        : `expected the same body as ${expected.capture}`;
  }
}

function headerOf(reply: HttpReply, name: string): string {
  const wanted = name.toLowerCase();
  return wanted === "set-cookie" ? reply.cookies.join(", ") : (reply.headers[wanted] ?? "");
}

function captured(name: string, captures: ReadonlyMap<string, string>): string {
  const body = captures.get(name);
  if (body === undefined)
    throw new InfraError("grader", `a step refers to the capture ${name}, which no step made`);
  return body;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
