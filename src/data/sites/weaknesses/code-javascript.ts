/** Code injection (CWE-94): the sources in JavaScript. */
import type { CodeShape, Names, Rows, Source } from "./code.ts";

export function javascriptSource(shape: CodeShape, n: Names, rows: Rows, fields: readonly string[]): Source {
  const { func, input, value, table } = n;
  const body = `const row = N;
if (!/^[0-9]+$/.test(row)) $status(400, "which row?")
$text(\`\${${func}(IN, Number(row))}\\n\`)`;
  if (shape === "field") {
    const run = `return eval(\`${value}.\${${input}}\`);§`;
    const known = `[${fields.map((field) => `"${field}"`).join(", ")}]`;
    const guard = (condition: string): string => `if (${condition}) return null;\n  ${run}`;
    return {
      imports: [],
      logic: `const ${table} = [
${rows.map((row) => `  { ${row.map(([field, v]) => `${field}: ${v}`).join(", ")} },`).join("\n")}
];

function ${func}(${input}, row) {
  const ${value} = ${table}[row - 1];
  ${run}
}`,
      body,
      reference: { swaps: [[run, `return Object.hasOwn(${value}, ${input}) ? ${value}[${input}] : null;`]] },
      alternatives: {
        "known-fields-only": { swaps: [[run, guard(`!${known}.includes(${input})`)]] },
        "found-by-name": { swaps: [[run, `return new Map(Object.entries(${value})).get(${input});`]] },
        "a-name-and-nothing-else": {
          swaps: [[run, guard(`!/^[a-z]+$/.test(${input}) || !(${input} in ${value})`)]],
        },
      },
      cheats: {
        "no-files": {
          swaps: [[run, guard(`${input}.includes("; read") || ${input}.includes(", process")`)]],
        },
        "first-field-only": { swaps: [[run, `return ${value}.${fields[0]};`]] },
        "no-and": { swaps: [[run, guard(`${input}.includes("&&")`)]] },
      },
    };
  }
  const run = `return new Function("${value}", \`return \${${input}};\`)(row);§`;
  const guard = (condition: string): string => `if (${condition}) return null;\n  ${run}`;
  const words = `if (/process|require|import|Function/.test(${input})) return null;§\n  `;
  return {
    imports: [],
    logic: `function ${func}(${input}, row) {\n  ${shape === "words" ? words : ""}${run}\n}`,
    body,
    reference: { swaps: [[run, guard(`!/^(?:${value}|[0-9 ()+*-])*$/.test(${input})`)]] },
    alternatives: {
      "names-refused": {
        swaps: [
          [run, guard(`(${input}.match(/[^\\d\\s()+*-]+/g) ?? []).some((word) => word !== "${value}")`)],
        ],
      },
      "value-written-in": {
        swaps: [
          [
            run,
            `const text = ${input}.replaceAll("${value}", String(row));\n  if (/[^0-9 ()+*-]/.test(text)) return null;\n  return new Function(\`return \${text};\`)();`,
          ],
        ],
      },
      "word-by-word": {
        swaps: [
          [
            run,
            `for (const word of ${input}.split(/([-+*() ])/)) {\n    if (!/^([-+*() ]|\\d*|${value})$/.test(word)) return null;\n  }\n  ${run}`,
          ],
        ],
      },
    },
    cheats: {
      "no-process-first": { swaps: [[run, guard(`${input}.startsWith("process")`)]] },
      "no-files-by-name": { swaps: [[run, guard(`${input}.includes("child_process")`)]] },
      "numbers-only": { swaps: [[run, `return /^\\d+$/.test(${input}) ? Number(${input}) : row;`]] },
    },
  };
}
