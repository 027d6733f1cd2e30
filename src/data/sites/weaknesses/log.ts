/** Log injection (CWE-117): what visitors write becomes lines of a journal, and one value can become several. */
import type { Check } from "../../../core/index.ts";
import { check, contains, lacks, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { get, post, sequence, shownAndHidden } from "../requests.ts";

/** `lines`: values as they come; `named`: the journal says who asked for what; `half`: line feeds are taken out. */
export type LogShape = "lines" | "named" | "half";

interface Names {
  readonly journal: string;
  readonly note: string;
  readonly entries: string;
  readonly who: string;
  readonly what: string;
  readonly by: string;
}

interface Source extends Patches {
  readonly imports: readonly string[];
  readonly logic: string;
  readonly body: string;
  readonly readBody: string;
}

export function logPart(ctx: Ctx, shape: LogShape): WeakPart {
  const [path, readPath, name, readName] = [ctx.route(), ctx.route(), ctx.func(), ctx.func()];
  const names: Names = {
    journal: ctx.noun(),
    note: ctx.func(),
    entries: ctx.func(),
    who: ctx.noun(),
    what: ctx.noun(),
    by: ctx.noun(),
  };
  const [ann, bo, chief] = [ctx.noun(), ctx.noun(), ctx.noun()];
  const source = (ctx.language === "python" ? python : javascript)(shape, names, chief);
  const note = (who: string, what: string) => post(path, { [names.who]: who, [names.what]: what });
  const read = (by: string) => get(readPath, { [names.by]: by });
  const keeps = (who: string, what: string): Check =>
    sequence(
      `keeps ${JSON.stringify(what)}`,
      [note(who, what), read(who)],
      status(200),
      contains(JSON.stringify(what)),
    );
  const forged = (
    what: string,
    mark: string,
    who: string,
    text: (entry: string) => string,
    victim = chief,
  ): Check =>
    sequence(
      what,
      [note(who, text(`${victim}: ${mark}{{nonce}}`)), read(victim)],
      contains(`"${mark}{{nonce}}`),
    );
  const signed = (what: string, mark: string, end: string): Check =>
    sequence(
      what,
      [note(`x${end}${chief}: ${mark}{{nonce}}${end}y`, "all well"), read(chief)],
      contains(`"${mark}{{nonce}}`),
    );
  const feed = shape === "half" ? "\r" : "\n";
  const other = shape === "half" && ctx.language === "javascript" ? "\u2028" : "\r";
  const attacks = [
    forged("a second line", "a", ann, (entry) => `well${feed}${entry}`),
    forged("a line in the name of another", "b", bo, (entry) => `well${feed}${entry}`, ann),
    forged("a carriage return", "c", ann, (entry) => `well\r${entry}`),
    forged("three lines", "d", ann, (entry) => `well${feed}${bo}: so so${feed}${entry}`),
    signed("a line in the name of the writer", "e", feed),
    forged("an empty line between", "f", bo, (entry) => `well${feed}${feed}${entry}`),
    signed("the other end of a line, in the writer's name", "g", other),
    forged("the other end of a line", "h", ann, (entry) => `${other}${entry}`),
    forged("a line before and after", "i", bo, (entry) => `a${feed}${entry}${feed}b: c`),
  ];
  return {
    ...NOTHING,
    type: "log_injection",
    cwe: "CWE-117",
    imports: source.imports,
    logic: source.logic,
    module: ctx.module(),
    exports: [names.note, names.entries],
    routes: [
      { method: "POST", path, name, body: source.body },
      { method: "GET", path: readPath, name: readName, body: source.readBody },
    ],
    visible: [keeps(ann, `fed the ${ctx.noun()}`)],
    hidden: [
      keeps(bo, `took the ${ctx.noun()}: both of them`),
      keeps(ann, `${chief}: that is what she said`),
      sequence(
        "keeps two in order",
        [note(bo, "first of two"), note(bo, "second of two"), read(bo)],
        contains('"first of two","second of two"'),
      ),
      check("knows nothing of a stranger", read(`${ann}-not`), status(200), lacks("fed")),
    ],
    benign: [read("nobody"), note(bo, "left early")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$json([])`,
  };
}

function python(shape: LogShape, { journal, note, entries, who, what, by }: Names, chief: string): Source {
  const half = shape === "half" ? '.replace("\\n", " ")' : "";
  const end =
    shape === "named" ? `line = "{}: {}\\n".format(${who}, ${what})§` : `line = f"{${who}}: {${what}}\\n"§`;
  const write = `${journal}.write(line${half})§`;
  // A line feed is the line's own end, so that half a fix is about what goes into it.
  const line = shape === "half" ? `line = f"{${who}}: {${what}}"${half} + "\\n"§` : end;
  const store = shape === "half" ? `${journal}.write(line)` : write;
  const parse = `pairs = [line.partition(": ") for line in ${journal}.getvalue().splitlines()]`;
  const take = `${note}($form("${who}", ""), $form("${what}", ""))`;
  const before = (text: string): string => `${text}\n    ${line}`;
  return {
    imports: ["import io"],
    logic: `${journal} = io.StringIO()


def ${note}(${who}, ${what}):
    ${line}
    ${store}


def ${entries}(name):
    ${parse}
    return [text for by, _, text in pairs if by == name]`,
    body: `${take}\n$text("noted\\n")`,
    readBody: `$json(${entries}($query("${by}", "")))`,
    reference: {
      swaps: [
        [line, before(`${who}, ${what} = " ".join(${who}.splitlines()), " ".join(${what}.splitlines())`)],
      ],
    },
    alternatives: {
      "refused-with-several-lines": {
        swaps: [
          [
            take,
            `if re.search(r"[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]", $form("${who}", "") + $form("${what}", "")):\n    $status(400, "one line, please")\n${take}`,
          ],
        ],
        routeImports: ["import re"],
      },
      "written-with-escapes": {
        swaps: [
          [line, `line = f"{quote(${who})}: {quote(${what})}\\n"`],
          [
            "return [text for by, _, text in pairs if by == name]",
            "return [unquote(text) for by, _, text in pairs if unquote(by) == name]",
          ],
        ],
        imports: ["from urllib.parse import quote, unquote"],
      },
      "signs-left-out": {
        swaps: [
          [
            line,
            before(
              `${who} = "".join(sign for sign in ${who} if sign.isprintable())\n    ${what} = "".join(sign for sign in ${what} if sign.isprintable())`,
            ),
          ],
        ],
      },
    },
    cheats: {
      "text-only": { swaps: [[line, before(`${what} = " ".join(${what}.splitlines())`)]] },
      "line-feeds-only": { swaps: [[line, before(`${what} = ${what}.replace("\\n", " ")`)]] },
      "name-refused": { swaps: [[line, before(`${what} = ${what}.replace("\\n${chief}: a", "")`)]] },
      "nothing-noted": { swaps: [[store, "pass"]] },
    },
  };
}

function javascript(
  shape: LogShape,
  { journal, note, entries, who, what, by }: Names,
  chief: string,
): Source {
  const half = shape === "half";
  const line = {
    lines: `const line = \`\${${who}}: \${${what}}\\n\`;§`,
    named: `const line = ${who} + ": " + ${what} + "\\n";§`,
    half: `const line = \`\${${who}}: \${${what}}\`.replaceAll("\\n", " ") + "\\n";§`,
  }[shape];
  const store = `${journal} += line;${half ? "" : "§"}`;
  const ends = half ? "/[\\n\\r\\u2028\\u2029]/" : "/\\r\\n|\\n|\\r/";
  const parse = `const pairs = ${journal}.split(${ends}).map((line) => line.split(/: (.*)/s));`;
  const take = `${note}($form("${who}", ""), $form("${what}", ""));`;
  const before = (text: string): string => `${text}\n  ${line}`;
  const out = "return pairs.filter(([by]) => by === name).map(([, text]) => text);";
  return {
    imports: [],
    logic: `let ${journal} = "";

function ${note}(${who}, ${what}) {
  ${line}
  ${store}
}

function ${entries}(name) {
  ${parse}
  ${out}
}`,
    body: `${take}\n$text("noted\\n")`,
    readBody: `$json(${entries}($query("${by}", "")))`,
    reference: {
      swaps: [
        [
          line,
          before(
            `[${who}, ${what}] = [${who}, ${what}].map((text) => text.replace(/[\\r\\n\\u2028\\u2029]+/g, " "));`,
          ),
        ],
      ],
    },
    alternatives: {
      "refused-with-several-lines": {
        swaps: [
          [
            take,
            `if (/[\\r\\n\\u2028\\u2029]/.test($form("${who}", "") + $form("${what}", ""))) $status(400, "one line, please")\n${take}`,
          ],
        ],
      },
      "written-with-escapes": {
        swaps: [
          [line, `const line = \`\${encodeURIComponent(${who})}: \${encodeURIComponent(${what})}\\n\`;`],
          [
            out,
            "return pairs.filter(([by]) => decodeURIComponent(by) === name).map(([, text]) => decodeURIComponent(text));",
          ],
        ],
      },
      "kept-as-a-list": {
        swaps: [
          [`let ${journal} = "";`, `const ${journal} = [];`],
          [line, ""],
          [store, `${journal}.push([${who}, ${what}]);`],
          [parse, `const pairs = ${journal};`],
        ],
      },
    },
    cheats: {
      "text-only": { swaps: [[line, before(`${what} = ${what}.replace(/[\\r\\n\\u2028\\u2029]+/g, " ");`)]] },
      "first-line-feed-only": { swaps: [[line, before(`${what} = ${what}.replace("\\n", " ");`)]] },
      "name-refused": { swaps: [[line, before(`${what} = ${what}.replace("\\n${chief}: a", "");`)]] },
      "nothing-noted": { swaps: [[store, ""]] },
    },
  };
}
