/** What the steps of one sequence keep for the later ones. */
import { InfraError, type Capture, type Request, type Step } from "../core/index.ts";
import type { HttpReply } from "../sandbox/index.ts";

export interface Captured {
  readonly text: string;
  /** How long the answer took. */
  readonly ms: number;
  /** What was asked. */
  readonly request: Request;
}
export type Captures = Map<string, Captured>;

/** Throws InfraError for a name that no step captured: the scenario is at fault. */
export function captured(name: string, captures: Captures): Captured {
  const found = captures.get(name);
  if (found === undefined)
    throw new InfraError("grader", `a step refers to the capture ${name}, which no step made`);
  return found;
}

/** Keeps what the step asks for; empty, or why there is nothing to keep. */
export function keep(
  capture: string | Capture,
  request: Request,
  reply: HttpReply,
  captures: Captures,
): string {
  const { ms } = reply;
  if (typeof capture === "string") {
    captures.set(capture, { text: reply.body, ms, request });
    return "";
  }
  const { name, header, match } = capture;
  const text = header === undefined ? reply.body : (reply.headers[header.toLowerCase()] ?? "");
  const found = new RegExp(match).exec(text)?.[1];
  if (found === undefined) return `expected ${header ?? "the body"} to match ${match}`;
  captures.set(name, { text: found, ms, request });
  return "";
}

/**
 * The request with every `{{again}}` replaced by `count`, a digit: how often it has been sent before. An application
 * that remembers its answers is asked something new each time.
 */
export function fillAgain(request: Request, count: number): Request {
  const text = JSON.stringify(request);
  return text.includes("{{again}}")
    ? (JSON.parse(text.replaceAll("{{again}}", String(count))) as Request)
    : request;
}

const PLACEHOLDER = /\{\{capture:([^{}]*)\}\}/g;

/** The step with every `{{capture:NAME}}` replaced; percent-encoded where it stands in a path. */
export function fillStep(step: Step, captures: Captures): Step {
  if (captures.size === 0) return step;
  const fill = (text: string, encode: (value: string) => string): string =>
    text.replaceAll(PLACEHOLDER, (_, name: string) => encode(captured(name, captures).text));
  const { request, expect } = JSON.parse(JSON.stringify(step), (_, value: unknown) =>
    typeof value === "string" ? fill(value, (text) => text) : value,
  ) as Step;
  return { ...step, request: { ...request, path: fill(step.request.path, encodeURIComponent) }, expect };
}
