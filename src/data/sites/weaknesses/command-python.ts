/** Command injection (CWE-78): the sources in Python. */
import type { CommandShape, Names, Source } from "./command.ts";

export function pythonSource(shape: CommandShape, { func, word, file }: Names): Source {
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
