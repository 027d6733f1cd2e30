/** Log injection (CWE-117): the sources in Python. */
import type { LogShape, Names, Source } from "./log.ts";

export function python(
  shape: LogShape,
  { journal, note, entries, who, what, by }: Names,
  chief: string,
): Source {
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
