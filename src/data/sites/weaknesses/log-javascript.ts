/** Log injection (CWE-117): the sources in JavaScript. */
import type { LogShape, Names, Source } from "./log.ts";

export function javascript(
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
