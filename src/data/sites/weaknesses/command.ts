/** Command injection (CWE-78): a file of lines is searched or sorted by the machine's own tools. */
import type { Check } from "../../../core/index.ts";
import { check, contains, lacks, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { pickWay, shownAndHidden } from "../requests.ts";

/** `bare`: a word in a shell command; `quoted`: between double quotes; `options`: no shell, but split into arguments. */
export type CommandShape = "bare" | "quoted" | "options";

interface Names {
  readonly func: string;
  readonly word: string;
  readonly file: string;
}

interface Source extends Patches {
  readonly imports: readonly string[];
  readonly logic: string;
}

export function commandPart(ctx: Ctx, shape: CommandShape): WeakPart {
  const way = pickWay(ctx);
  const [path, name, param] = [ctx.route(), ctx.func(), ctx.noun()];
  const names: Names = { func: ctx.func(), word: ctx.noun(), file: `data/${ctx.plural()}.txt` };
  const secret = `/srv/${ctx.noun()}/${ctx.noun()}.txt`;
  const words = Array.from({ length: 5 }, () => ctx.noun());
  const lines = words.map(
    (word, i) => `${word} ${i % 2 === 0 ? "o'clock" : "two hours"} ${10 + ctx.rng.int(80)}`,
  );
  const python = ctx.language === "python";
  const source = (python ? pythonSource : javascriptSource)(shape, names);
  const ask = (value: string) => way.send(path, { [param]: value });
  const finds = (value: string): Check =>
    check(
      `finds ${JSON.stringify(value)}`,
      ask(value),
      status(200),
      ...lines.map((line) => (line.includes(value.toLowerCase()) ? contains(line) : lacks(line))),
    );
  const sorts = (order: string, sorted: readonly string[]): Check =>
    check(`sorts by ${JSON.stringify(order)}`, ask(order), status(200), contains(sorted.join("\n")));
  const down = lines.toSorted().toReversed();
  const [visible, hidden] =
    shape === "options"
      ? [
          [sorts("", lines.toSorted())],
          [sorts("-r", down), sorts("-u", lines.toSorted()), sorts("-r -u", down)],
        ]
      : [
          [finds(words[0]!)],
          [
            ...words.slice(1).map(finds),
            finds(words[1]!.toUpperCase()),
            finds("zzyzx"),
            // What a shell would read as a sign stands between the quotes for itself.
            ...(shape === "quoted" ? [finds("o'clock"), finds("two hours")] : []),
          ],
        ];
  const attacks = { bare: bare(secret), quoted: quoted(secret), options: options(secret) }[shape].map(
    ([what, payload]): Check => check(what, ask(payload), contains("{{canary:key}}")),
  );
  return {
    ...NOTHING,
    type: "command_injection",
    cwe: "CWE-78",
    imports: source.imports,
    logic: source.logic,
    module: ctx.module(),
    exports: [names.func],
    routes: [{ method: way.method, path, name, body: `$text(${names.func}(${way.read(param)}))` }],
    assets: { [names.file]: `${lines.join("\n")}\n` },
    outside: { [secret]: "{{canary:key}}\n" },
    visible,
    hidden,
    benign: shape === "options" ? [ask(""), ask("-r")] : [ask(words[0]!), ask(words[3]!), ask("zzyzx")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$text(${JSON.stringify(shape === "options" ? lines.toSorted().join("\n") : lines[0])})`,
  };
}

type Payloads = readonly (readonly [what: string, payload: string])[];

const bare = (secret: string): Payloads => [
  ["a second command", `x /dev/null; cat ${secret} #`],
  ["a pipe", `x /dev/null | cat ${secret} #`],
  ["a line feed", `x /dev/null\ncat ${secret} #`],
  ["or", `zzyzx /dev/null || cat ${secret} #`],
  ["in the background", `x /dev/null & cat ${secret} #`],
  ["a substitution", `$(cat ${secret} | head -c 20) /dev/null; echo $(cat ${secret}) #`],
  ["another file, without a second command", `'' ${secret}`],
  ["a pattern of files", `-e '' ${secret.replace(/[^/]+$/, "*")}`],
  ["tabs for spaces", `x\t/dev/null;cat\t${secret}\t#`],
  ["the file fed to another program", `x /dev/null; tac < ${secret} #`],
];

const quoted = (secret: string): Payloads => [
  ["a second command behind the quote", `x" /dev/null; cat ${secret} #`],
  ["a pipe behind the quote", `x" /dev/null | cat ${secret} #`],
  ["a line feed behind the quote", `x" /dev/null\ncat ${secret} #`],
  ["the quotes closed again", `x" /dev/null; cat ${secret}; echo "`],
  ["or", `zzyzx" /dev/null || cat ${secret} #`],
  ["another file, without a second command", `" ${secret} "`],
  ["a substitution between the quotes", `x" /dev/null; echo "$(cat ${secret})" #`],
  ["in the background", `x" /dev/null & cat ${secret} #`],
  ["an older substitution", `x" /dev/null; echo "\`cat ${secret}\`" #`],
];

const options = (secret: string): Payloads => [
  ["another file", secret],
  ["another file behind an option", `-r ${secret}`],
  ["a file in front of an option", `${secret} -r`],
  ["a tab between them", `-r\t${secret}`],
  ["two files", `/dev/null ${secret}`],
  ["a long option", `--reverse ${secret}`],
  ["behind the end of the options", `-- ${secret}`],
];

function pythonSource(shape: CommandShape, { func, word, file }: Names): Source {
  if (shape === "options") {
    const run = `command = f"sort {${word}} ${file}".split()§`;
    const end = "out = subprocess.run(command, capture_output=True, text=True)§";
    const only = (before: string): string => `${before}\n    ${run}`;
    return {
      imports: ["import subprocess"],
      logic: `def ${func}(${word}):\n    ${run}\n    ${end}\n    return out.stdout`,
      reference: {
        swaps: [
          [
            run,
            `known = [one for one in ${word}.split() if one in ("-r", "-u", "-f")]\n    command = ["sort", *known, "${file}"]`,
          ],
        ],
      },
      alternatives: {
        "refused-unless-known": {
          swaps: [[run, only(`if not set(${word}.split()) <= {"-r", "-u"}:\n        return ""`)]],
        },
        "matched-as-options": {
          swaps: [[run, only(`if not re.fullmatch(r"(-[rfu] ?)*", ${word}):\n        return ""`)]],
          imports: ["import re"],
        },
        "sorted-in-python": {
          swaps: [
            [run, `with open("${file}") as source:\n        lines = source.read().splitlines()`],
            [end, `lines = sorted(set(lines) if "-u" in ${word} else lines, reverse="-r" in ${word})`],
            ["return out.stdout", `return "\\n".join(lines) + "\\n"`],
          ],
        },
      },
      cheats: {
        "never-backwards": { swaps: [[run, `command = ["sort", "${file}"]`]] },
        "no-slash-first": { swaps: [[run, only(`if ${word}.startswith("/"):\n        return ""`)]] },
        "spaces-become-one-word": {
          swaps: [
            [
              run,
              `command = ["sort", *${word}.split(" ", 1), "${file}"] if ${word} else ["sort", "${file}"]`,
            ],
          ],
        },
      },
    };
  }
  const q = shape === "quoted" ? '"' : "";
  const run = `command = f'grep -iF ${q}{${word}}${q} ${file}'§`;
  const end = "out = subprocess.run(command, shell=True, capture_output=True, text=True)§";
  const list = `out = subprocess.run(["grep", "-iF", "-e", ${word}, "--", "${file}"], capture_output=True, text=True)`;
  const guard = (condition: string): string => `if ${condition}:\n        return ""\n    ${run}`;
  return {
    imports: ["import subprocess"],
    logic: `def ${func}(${word}):\n    ${run}\n    ${end}\n    return out.stdout`,
    reference: {
      swaps: [
        [`${run}\n    `, ""],
        [end, list],
      ],
    },
    alternatives: {
      "quoted-for-the-shell": {
        swaps: [[run, `command = f"grep -iF -e {shlex.quote(${word})} ${file}"`]],
        imports: ["import shlex"],
      },
      "searched-in-python": {
        swaps: [
          [`${run}\n    `, ""],
          [
            end,
            `with open("${file}") as source:\n        found = [line for line in source if ${word}.lower() in line.lower()]`,
          ],
          ["return out.stdout", `return "".join(found)`],
        ],
      },
      "letters-only": {
        swaps: [
          [
            run,
            guard(`not re.fullmatch(r"[A-Za-z0-9' ]*", ${word})`).replace(
              `{${word}}`,
              q === "" ? `{shlex.quote(${word})}` : `{${word}}`,
            ),
          ],
        ],
        imports: ["import re", ...(q === "" ? ["import shlex"] : [])],
      },
    },
    cheats: {
      "no-semicolons": { swaps: [[run, guard(`";" in ${word}`)]] },
      "no-pipes": { swaps: [[run, guard(`"|" in ${word} or "; cat" in ${word}`)]] },
      "first-word-only": { swaps: [[run, `${word} = ${word}.split(" /dev")[0]\n    ${run}`]] },
      "always-quoted-once": { swaps: [[run, `${word} = ${word}.replace("#", "")\n    ${run}`]] },
      "nothing-found": { swaps: [["return out.stdout", `return ""`]] },
    },
  };
}

function javascriptSource(shape: CommandShape, { func, word, file }: Names): Source {
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
