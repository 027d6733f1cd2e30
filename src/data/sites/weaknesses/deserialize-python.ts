/** Deserialization (CWE-502): the sources in Python. */
import type { DeserializeShape, Names, Source } from "./deserialize.ts";

export function pythonSource(shape: DeserializeShape, { pack, unpack, state, a, b }: Names): Source {
  // Several parts of one site may have a class or a key.
  const own = pack
    .split("_")
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join("");
  const key = `${pack.toUpperCase()}_KEY`;
  const filtered = shape === "filtered";
  const write = "return base64.urlsafe_b64encode(pickle.dumps(values)).decode()";
  const decoded = `base64.urlsafe_b64decode(${state})`;
  const load = filtered
    ? `return ${own}Careful(io.BytesIO(${decoded})).load()§`
    : `return pickle.loads(${decoded})§`;
  const find = `if module == "builtins":§\n            return super().find_class(module, name)\n        raise pickle.UnpicklingError(module)`;
  const careful = filtered
    ? `class ${own}Careful(pickle.Unpickler):
    """Finds nothing but what is built in."""

    def find_class(self, module, name):
        ${find}


`
    : "";
  const none = `class ${own}Plain(pickle.Unpickler):\n    def find_class(self, module, name):\n        raise pickle.UnpicklingError(name)\n\n\n`;
  const json = {
    swaps: [
      [write, "return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()"],
      [load, `return json.loads(${decoded})`],
    ],
    imports: ["import json"],
  } as const;
  const nothing = { swaps: [[find, "raise pickle.UnpicklingError(name)"]] } as const;
  const words = (condition: string) =>
    ({ swaps: [[load, `if ${condition}:\n        raise ValueError("no state")\n    ${load}`]] }) as const;
  return {
    imports: ["import base64", "import pickle", ...(filtered ? ["import io"] : [])],
    logic: `${careful}def ${pack}(values):
    ${write}


def ${unpack}(${state}):
    ${load}`,
    makeBody: `$text(${pack}({"${a}": $query("${a}", ""), "${b}": $query("${b}", "")}))`,
    body: `try:
    values = ${unpack}($query("${state}", ""))
    shown = {"${a}": values["${a}"], "${b}": values["${b}"]}
except Exception:
    $status(400, "no such ${state}")
$json(shown)`,
    reference: filtered ? nothing : json,
    alternatives: {
      [filtered ? "json" : "nothing-found"]: filtered
        ? json
        : {
            swaps: [
              [`def ${unpack}(`, `${none}def ${unpack}(`],
              [load, `return ${own}Plain(io.BytesIO(${decoded})).load()`],
            ],
            imports: ["import io"],
          },
      signed: {
        swaps: [
          [`def ${pack}(values):`, `${key} = secrets.token_bytes(32)\n\n\ndef ${pack}(values):`],
          [
            write,
            `data = pickle.dumps(values)\n    return base64.urlsafe_b64encode(hmac.digest(${key}, data, "sha256") + data).decode()`,
          ],
          [
            load,
            `data = ${decoded}\n    if not hmac.compare_digest(data[:32], hmac.digest(${key}, data[32:], "sha256")):\n        raise ValueError("not ours")\n    return ${filtered ? `${own}Careful(io.BytesIO(data[32:])).load()` : "pickle.loads(data[32:])"}`,
          ],
        ],
        imports: ["import hmac", "import secrets"],
      },
      "written-as-a-query": {
        swaps: [
          [write, "return base64.urlsafe_b64encode(urlencode(values).encode()).decode()"],
          [load, `return dict(parse_qsl(${decoded}.decode(), keep_blank_values=True))`],
        ],
        imports: ["from urllib.parse import parse_qsl, urlencode"],
      },
    },
    cheats: {
      "no-evaluation": words(`b"eval" in ${decoded}`),
      "no-programs": words(`b"os" in ${decoded} or b"subprocess" in ${decoded}`),
      "old-protocols-refused": words(`not ${decoded}.startswith(b"\\x80")`),
      "looked-at-afterwards": {
        swaps: [
          [
            load,
            `${load.replace("return", "values =")}\n    if not isinstance(values, dict):\n        raise ValueError("no state")\n    return values`,
          ],
        ],
      },
    },
  };
}
