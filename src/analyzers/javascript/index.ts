/** Rules for JavaScript over its syntax tree, in this process: what Bandit is for Python. */
import type { Files } from "../../core/index.ts";
import { parserOf, parseWithin } from "../grammars.ts";
import type { Analyzer, Finding } from "../types.ts";
import { bindingsOf } from "./bindings.ts";
import { readJavaScript, type JsNode } from "./nodes.ts";
import { RULES, type Rule } from "./rules.ts";

const SUFFIX = /\.(js|cjs|mjs)$/;
/** Deeper than anybody writes by hand, and before the stack ends. */
const MAX_BYTES = 1024 * 1024;
/** Of processor time, for a file. */
const MAX_SECONDS = 20;

/** Files that cannot be parsed as a whole are read as far as they can be. */
export function createJavaScriptAnalyzer(): Analyzer {
  return {
    name: "javascript",
    async scan(files: Files): Promise<readonly Finding[]> {
      const mine = Object.entries(files).filter(([path]) => SUFFIX.test(path));
      if (mine.length === 0) return [];
      const parser = await parserOf("javascript");
      return mine
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([file, source]) => {
          if (source.length > MAX_BYTES) return [unreadable(file, "it is larger than 1 MB")];
          const tree = parseWithin(parser, source, MAX_SECONDS);
          if (tree === undefined) return [unreadable(file, `parsing it takes longer than ${MAX_SECONDS} s`)];
          try {
            return findingsOf(file, readJavaScript(tree, source));
          } catch (error) {
            if (error instanceof RangeError) return [unreadable(file, "it nests too deep")];
            throw error;
          } finally {
            tree.delete();
          }
        });
    },
    close: async () => {},
  };
}

function findingsOf(file: string, root: JsNode): Finding[] {
  const names = bindingsOf(root);
  const byType = new Map<string, Rule[]>();
  for (const rule of RULES) for (const type of rule.on) byType.set(type, [...(byType.get(type) ?? []), rule]);
  const out: Finding[] = [];
  const visit = (node: JsNode): void => {
    for (const rule of byType.get(node.type) ?? [])
      if (rule.matches(node, names)) {
        const { id, cwe, severity, confidence, message } = rule;
        out.push({ rule: id, cwe, severity, confidence, message, file, line: node.line });
      }
    for (const child of node.children) visit(child);
  };
  visit(root);
  return out;
}

function unreadable(file: string, message: string): Finding {
  return { rule: "unreadable", cwe: "", severity: "HIGH", confidence: "HIGH", file, line: 1, message };
}
