/** Command injection (CWE-78): the sources in JavaScript. */
import type { CommandShape, Names, Source } from "./command.ts";

export function javascriptSource(shape: CommandShape, { func, word, file }: Names): Source {
  const imports = ['const { spawnSync } = require("node:child_process");'];
  const reader = ['const { readFileSync } = require("node:fs");'];
  const wrap = (...lines: readonly string[]): string =>
    `function ${func}(${word}) {\n  ${lines.join("\n  ")}\n}`;
  if (shape === "options") {
    const run = `const args = \`\${${word}} ${file}\`.trim().split(/\\s+/);§`;
    const end = `return spawnSync("sort", args, { encoding: "utf8" }).stdout;§`;
    const only = (condition: string): string => `if (${condition}) return "";\n  ${run}`;
    return {
      imports,
      logic: wrap(run, end),
      reference: {
        swaps: [
          [
            run,
            `const known = ${word}.split(/\\s+/).filter((one) => ["-r", "-u", "-f"].includes(one));\n  const args = [...known, "${file}"];`,
          ],
        ],
      },
      alternatives: {
        "refused-unless-known": {
          swaps: [[run, only(`!${word}.split(" ").every((one) => ["", "-r", "-u"].includes(one))`)]],
        },
        "matched-as-options": { swaps: [[run, only(`!/^(-[rfu] ?)*$/.test(${word})`)]] },
        "sorted-here": {
          swaps: [
            [run, `const lines = readFileSync("${file}", "utf8").trimEnd().split("\\n").sort();`],
            [end, `return \`\${(${word}.includes("-r") ? lines.reverse() : lines).join("\\n")}\\n\`;`],
          ],
          imports: reader,
        },
      },
      cheats: {
        "never-backwards": { swaps: [[run, `const args = ["${file}"];`]] },
        "no-slash-first": { swaps: [[run, only(`${word}.startsWith("/")`)]] },
        "two-words-at-most": { swaps: [[run, only(`${word}.split(" ").length > 3`)]] },
      },
    };
  }
  const q = shape === "quoted" ? '"' : "";
  const run = `const command = \`grep -iF ${q}\${${word}}${q} ${file}\`;§`;
  const end = `return spawnSync(command, { shell: true, encoding: "utf8" }).stdout;§`;
  const guard = (condition: string): string => `if (${condition}) return "";\n  ${run}`;
  const inQuotes = `'\${${word}.replaceAll("'", "'\\\\''")}'`;
  const quote = `const command = \`grep -iF -e ${inQuotes} ${file}\`;`;
  return {
    imports,
    logic: wrap(run, end),
    reference: {
      swaps: [
        [`${run}\n  `, ""],
        [
          end,
          `return spawnSync("grep", ["-iF", "-e", ${word}, "--", "${file}"], { encoding: "utf8" }).stdout;`,
        ],
      ],
    },
    alternatives: {
      "quoted-for-the-shell": { swaps: [[run, quote]] },
      "searched-here": {
        swaps: [
          [`${run}\n  `, ""],
          [
            end,
            `const lines = readFileSync("${file}", "utf8").split("\\n").slice(0, -1);\n  const found = lines.filter((line) => line.toLowerCase().includes(${word}.toLowerCase()));\n  return found.map((line) => \`\${line}\\n\`).join("");`,
          ],
        ],
        imports: reader,
      },
      "letters-only": {
        swaps: [
          [
            run,
            guard(`!/^[A-Za-z0-9' ]*$/.test(${word})`).replace(
              `\${${word}}`,
              q === "" ? `'\${${word}.replaceAll("'", "")}'` : `\${${word}}`,
            ),
          ],
        ],
      },
    },
    cheats: {
      "no-semicolons": { swaps: [[run, guard(`${word}.includes(";")`)]] },
      "no-pipes": { swaps: [[run, guard(`${word}.includes("|") || ${word}.includes("; cat")`)]] },
      "first-word-only": { swaps: [[run, `${word} = ${word}.split(" /dev")[0];\n  ${run}`]] },
      "no-remarks": { swaps: [[run, `${word} = ${word}.replaceAll("#", "");\n  ${run}`]] },
      "nothing-found": { swaps: [[end, `spawnSync(command, { shell: true });\n  return "";`]] },
    },
  };
}
