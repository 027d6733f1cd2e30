/** Would a browser that shows this response run code that the request carried? */
import { parse, defaultTreeAdapter as tree } from "parse5";
import type { HttpFact } from "../../core/index.ts";
import { readCsp, scriptPolicy } from "../csp.ts";
import { findScript } from "../script-oracle.ts";
import { MARKER, markReflections } from "./reflection.ts";
import { excerpt, replyOf, type Subject } from "./subject.ts";

export interface ScriptVerdict {
  /** null: the answer rests on a policy inside the document, which this oracle does not weigh. */
  readonly vulnerable: boolean | null;
  readonly fact: HttpFact;
}

export function scriptVerdict(subject: Subject): ScriptVerdict {
  const { response, url, fields, values, document, type } = subject;
  const { body, reflections } = markReflections(response.body, values);
  const first = reflections[0];
  const sound = (rule: string, says: string): ScriptVerdict => ({
    vulnerable: false,
    fact: { rule, where: "response body", evidence: excerpt(first?.excerpt ?? ""), says },
  });
  if (first === undefined) return sound("not-reflected", "No code of the request stands in the response.");
  const reply = { ...replyOf(response), body };
  const policies = readCsp(fields("content-security-policy"));
  const runs = findScript(reply, MARKER, scriptPolicy(policies, url));
  if (runs !== undefined) {
    const says = `${first.where} reaches ${runs}, where a browser runs it.`;
    const fact = {
      rule: "script-runs",
      where: "response body",
      evidence: excerpt(first.excerpt),
      says: says[0]!.toUpperCase() + says.slice(1),
    };
    return hasMetaPolicy(response.body)
      ? {
          vulnerable: null,
          fact: {
            ...fact,
            rule: "unclear-meta-policy",
            says: `${fact.says} A policy in the document may refuse it.`,
          },
        }
      : { vulnerable: true, fact };
  }
  if (!document)
    return sound(
      "inert-type",
      `The response is not shown as a document (${type || "no type"}), so nothing in it runs.`,
    );
  if (findScript(reply, MARKER) !== undefined)
    return sound(
      "inert-csp",
      "The reflected code stands where it would run, but the Content-Security-Policy refuses it.",
    );
  return sound(
    "inert-encoded",
    "The code is reflected as text: encoded, quoted or in a place that browsers do not run.",
  );
}

function hasMetaPolicy(html: string): boolean {
  if (!/http-equiv\s*=\s*["']?content-security-policy/i.test(html)) return false;
  const stack = [...parse(html).childNodes];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (!tree.isElementNode(node)) continue;
    const equiv = node.attrs.find(({ name }) => name === "http-equiv")?.value.toLowerCase();
    if (node.tagName === "meta" && equiv === "content-security-policy") return true;
    stack.push(...node.childNodes);
  }
  return false;
}
