/** Code injection (CWE-94): the sources in Python. */
import type { CodeShape, Names, Rows, Source } from "./code.ts";

export function pythonSource(shape: CodeShape, n: Names, rows: Rows, fields: readonly string[]): Source {
  const { func, input, value, table } = n;
  const body = `row = N
if not row.isdecimal():
    $status(400, "which row?")
result = ${func}(IN, int(row))
$text(f"{result}\\n")`;
  if (shape === "field") {
    const run = `return eval(f"${value}['{${input}}']")§`;
    const known = `(${fields.map((field) => `"${field}"`).join(", ")})`;
    const guard = (condition: string): string => `if ${condition}:\n        return None\n    ${run}`;
    return {
      imports: [],
      logic: `${table} = [
${rows.map((row) => `    {${row.map(([field, v]) => `"${field}": ${v}`).join(", ")}},`).join("\n")}
]


def ${func}(${input}, row):
    ${value} = ${table}[row - 1]
    ${run}`,
      body,
      reference: { swaps: [[run, `return ${value}.get(${input})`]] },
      alternatives: {
        "known-fields-only": { swaps: [[run, guard(`${input} not in ${known}`)]] },
        "found-by-name": {
          swaps: [[run, `return next((v for name, v in ${value}.items() if name == ${input}), None)`]],
        },
        "a-name-and-nothing-else": {
          swaps: [[run, guard(`not ${input}.isalnum() or ${input} not in ${value}`)]],
        },
      },
      cheats: {
        "no-open": { swaps: [[run, guard(`" open(" in ${input} or "[open" in ${input}`)]] },
        "first-field-only": { swaps: [[run, `return ${value}["${fields[0]}"]`]] },
        "no-imports": { swaps: [[run, guard(`"__" in ${input}`)]] },
      },
    };
  }
  const run = `return eval(${input}, {"${value}": row})§`;
  const guard = (condition: string): string => `if ${condition}:\n        return None\n    ${run}`;
  const words = `if any(word in ${input} for word in ("open", "import", "__", "exec")):§\n        return None\n    `;
  return {
    imports: [],
    logic: `def ${func}(${input}, row):\n    ${shape === "words" ? words : ""}${run}`,
    body,
    reference: {
      swaps: [[run, guard(`not re.fullmatch(r"(${value}|[0-9 ()+*-])*", ${input}) or "**" in ${input}`)]],
      imports: ["import re"],
    },
    alternatives: {
      "names-refused": {
        swaps: [[run, guard(`not set(re.findall(r"[^\\d\\s()+*-]+", ${input})) <= {"${value}"}`)]],
        imports: ["import re"],
      },
      "tree-looked-at": {
        swaps: [
          [
            run,
            `tree = ast.parse(${input}, mode="eval")
    allowed = (ast.Expression, ast.BinOp, ast.operator, ast.Name, ast.Load, ast.Constant)
    if not all(isinstance(node, allowed) for node in ast.walk(tree)):
        return None
    ${run}`,
          ],
        ],
        imports: ["import ast"],
      },
      "value-written-in": {
        swaps: [
          [
            run,
            `text = ${input}.replace("${value}", str(row))\n    if any(sign not in "0123456789 ()+-*" for sign in text):\n        return None\n    return eval(text)`,
          ],
        ],
      },
    },
    cheats: {
      "no-quotes-no-open": {
        swaps: [[run, guard(`"open('" in ${input} or "eval(" in ${input} and "chr" in ${input}`)]],
      },
      "without-builtins-by-name": { swaps: [[run, guard(`"popen" in ${input}`)]] },
      "numbers-only": { swaps: [[run, `return int(${input}) if ${input}.isdecimal() else row`]] },
    },
  };
}
