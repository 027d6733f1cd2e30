/** Twins of XSS: the request carries code, and the answer gives it back either so that it runs or so that it does not. */
import { fieldValue, type ResponseMessage } from "../../../core/index.ts";
import type { Rng } from "../../../util/rng.ts";
import { CALLS, CONTEXTS, type EchoContext } from "./contexts.ts";
import { makeDraft, withHeader, withoutHeader } from "./draft.ts";
import type { MakeTwins, Side } from "./twins.ts";
import { hex } from "./words.ts";

const CSP = "Content-Security-Policy";

export const scriptTwins: MakeTwins = (template, rng) =>
  template.kind === "api" ? apiTwins(template, rng) : pageTwins(template, rng);

/** The same answer as a document or as JSON: the type alone decides. */
const apiTwins: MakeTwins = (template, rng) => {
  const call = rng.pick(CALLS)(rng);
  const value = rng.pick([`<script>${call}</script>`, `<img src=x onerror=${call}>`, `<svg onload=${call}>`]);
  const { request, response } = makeDraft(template, rng, { value });
  const typed = (type: string): ResponseMessage => withHeader(response, "Content-Type", type);
  const inert = rng.pick([
    "application/json",
    "application/json; charset=utf-8",
    "text/plain; charset=utf-8",
    "application/problem+json",
  ]);
  return {
    vulnerable: {
      request,
      response: typed(rng.pick(["text/html", "text/html; charset=utf-8"])),
      because: ["script-runs"],
    },
    sound: { request, response: typed(inert), because: [`the type ${inert} is not shown as a document`] },
    changes: [`Content-Type ${inert} replaced by text/html`],
  };
};

const pageTwins: MakeTwins = (template, rng) => {
  const context = rng.pick(CONTEXTS);
  const call = rng.pick(CALLS)(rng);
  const value = context.attack(call, rng);
  // The same draws for both sides, so that they differ in the echo alone.
  const seed = rng.int(2 ** 31);
  const side = (sent: string, echo: string): Omit<Side, "because"> => {
    const { request, response } = makeDraft(template, rng.fork(seed), { value: sent, echo });
    return { request, response: permissive(response, rng.fork(`policy ${seed}`)) };
  };
  const vulnerable = side(value, context.wrap(value));
  const { sound, change } = soundSide(context, value, call, side, vulnerable, rng);
  return { vulnerable: { ...vulnerable, because: ["script-runs"] }, sound, changes: [change] };
};

function soundSide(
  context: EchoContext,
  value: string,
  call: string,
  side: (sent: string, echo: string) => Omit<Side, "because">,
  vulnerable: Omit<Side, "because">,
  rng: Rng,
): { sound: Side; change: string } {
  const way = rng.int(10);
  if (way < 4 || (way >= 8 && context.harmless === undefined)) {
    const sound = side(value, context.wrap(context.encode(value)));
    return {
      sound: { ...sound, because: [`the value is encoded for its place (${context.id})`] },
      change: `encoding dropped (${context.id})`,
    };
  }
  if (way < 6) {
    const policy = rng.pick([
      "default-src 'self'",
      "script-src 'none'",
      `script-src 'nonce-${hex(rng, 16)}' 'strict-dynamic'`,
      "default-src 'self'; script-src 'self'; object-src 'none'",
    ]);
    const response = withHeader(vulnerable.response, CSP, policy);
    return {
      sound: { ...vulnerable, response, because: [`the policy ${policy} refuses it`] },
      change: "strict Content-Security-Policy weakened or dropped",
    };
  }
  if (way < 8) {
    const plain = rng.chance(0.6);
    const response = plain
      ? withHeader(vulnerable.response, "Content-Type", "text/plain; charset=utf-8")
      : withHeader(vulnerable.response, "Content-Disposition", 'attachment; filename="page.html"');
    return {
      sound: {
        ...vulnerable,
        response,
        because: [plain ? "plain text is not parsed as HTML" : "a download is not shown"],
      },
      change: plain ? "text/plain replaced by text/html" : "Content-Disposition: attachment dropped",
    };
  }
  const other = context.harmless!(call, rng);
  return {
    sound: {
      ...side(other, context.wrap(other)),
      because: [`the payload does not leave its place (${context.id})`],
    },
    change: `payload replaced by one that breaks out (${context.id})`,
  };
}

/** A policy that does not get in the way of the attack, or none; whether that is wise is another category's matter. */
function permissive(response: ResponseMessage, rng: Rng): ResponseMessage {
  const policy = rng.pick([
    undefined,
    undefined,
    "frame-ancestors 'self'",
    "script-src 'self' 'unsafe-inline' https:",
    "default-src * 'unsafe-inline' data:",
    "report-only",
  ]);
  if (policy === undefined) return withoutHeader(response, CSP);
  if (policy !== "report-only") return withHeader(response, CSP, policy);
  const strict = fieldValue(response.headers, CSP)!;
  return withHeader(withoutHeader(response, CSP), `${CSP}-Report-Only`, strict);
}
