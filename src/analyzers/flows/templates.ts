/** Templates of Jinja and EJS: which of their variables are written into a page as they are. */
import { posix } from "node:path";
import type { Place } from "./program.ts";
import type { Site } from "./sinks.ts";
import { NOTHING, type Value } from "./value.ts";

export interface Template {
  /** A variable that is not escaped, and where. */
  readonly raw: readonly { readonly name: string; readonly place: Place }[];
  /** Names of templates that are part of this one. */
  readonly parts: readonly string[];
}

const PIECE = /\{\{-?([^]*?)-?\}\}|\{%-?([^]*?)-?%\}|<%-([^]*?)-?%>/g;
const MAX_DEPTH = 6;

/** `escaping` says whether the application leaves escaping on. */
export function readTemplate(file: string, text: string, escaping: boolean): Template {
  const raw: { name: string; place: Place }[] = [];
  const parts: string[] = [];
  // A name inside the template -> the variables that it is made of.
  const made = new Map<string, readonly string[]>();
  let [escapes, line, at] = [escaping, 1, 0];
  for (const match of text.matchAll(PIECE)) {
    for (; at < match.index; at++) if (text[at] === "\n") line++;
    const [, shown, block, ejs] = match;
    const expression = shown ?? ejs;
    if (expression !== undefined) {
      const unquoted = /[\w-]=$/.test(text.slice(Math.max(0, match.index - 40), match.index));
      const bare = ejs !== undefined || /\|\s*safe\b/.test(expression) || !escapes || unquoted;
      // An escape behind everything else takes it back.
      if (bare && !/\|\s*(e|escape|forceescape|tojson|int|length)\s*$/.test(expression.trim()))
        for (const name of variablesIn(expression).flatMap((one) => made.get(one) ?? [one]))
          raw.push({ name, place: { file, line } });
      continue;
    }
    const [word = "", ...rest] = (block ?? "").trim().split(/\s+/);
    const clause = rest.join(" ");
    if (word === "autoescape") escapes = !/^false/i.test(clause);
    else if (word === "endautoescape") escapes = escaping;
    else if (word === "for") {
      const [names, from] = clause.split(/\sin\s/);
      const roots = variablesIn(from ?? "").flatMap((one) => made.get(one) ?? [one]);
      for (const name of (names ?? "").split(",")) made.set(name.trim(), roots);
    } else if (word === "set" || word === "with") {
      const [name, from] = clause.split(/=(.*)/s);
      made.set(
        (name ?? "").trim(),
        variablesIn(from ?? "").flatMap((one) => made.get(one) ?? [one]),
      );
    } else if (word === "include" || word === "extends") {
      const named = /["']([^"']+)["']/.exec(clause);
      if (named !== null) parts.push(named[1]!);
    }
  }
  return { raw, parts };
}

/** Names that stand for values: neither parts of others, nor filters, nor text. */
function variablesIn(expression: string): string[] {
  const plain = expression.replace(/"[^"]*"|'[^']*'/g, " ").replace(/\|\s*\w+/g, " ");
  return [
    ...new Set([...plain.matchAll(/(?<![.\w])([A-Za-z_]\w*)(?!\s*=[^=])/g)].map(([, name]) => name!)),
  ].filter((name) => !/^(if|else|not|and|or|in|is|true|false|none|True|False|None|loop)$/.test(name));
}

/** What a call that renders a template writes into the page without escaping it. */
export function templateSinks(
  templates: ReadonlyMap<string, Template>,
  { full, method, args, named, receiverName }: Site,
): { readonly value: Value; readonly place: Place }[] {
  const flask = /^(flask\.)?render_template$/.test(full ?? "");
  const express = method === "render" && /^(res|response|reply)$/.test(receiverName);
  const name = args[0]?.text;
  if ((!flask && !express) || name === undefined) return [];
  const given = flask ? named : (args[1]?.fields ?? new Map<string, Value>());
  const seen = new Set<string>();
  const out: { value: Value; place: Place }[] = [];
  const visit = (wanted: string, depth: number): void => {
    for (const [file, template] of templates) {
      const same = file === wanted || file.endsWith(`/${wanted}`) || file.endsWith(`/${wanted}.ejs`);
      if (!same || seen.has(file) || depth > MAX_DEPTH) continue;
      seen.add(file);
      for (const { name: variable, place } of template.raw)
        out.push({ value: given.get(variable) ?? NOTHING, place });
      for (const part of template.parts) visit(posix.normalize(part), depth + 1);
    }
  };
  visit(name, 0);
  return out;
}
