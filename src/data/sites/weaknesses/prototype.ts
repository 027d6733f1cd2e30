/** Prototype pollution (CWE-1321): settings that visitors send are merged, and every object has them. */
import type { Check, Request } from "../../../core/index.ts";
import { check, contains, lacks, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Change, type Patches, type WeakPart } from "../part.ts";
import { get, post, postText, sequence, shownAndHidden } from "../requests.ts";

/** `merge`: objects are merged into one another; `path`: a path of names leads to a value; `assigned`: names in brackets. */
export type PrototypeShape = "merge" | "path" | "assigned";

interface Names {
  readonly store: string;
  readonly set: string;
  readonly of: string;
  readonly who: string;
  readonly field: string;
  readonly value: string;
}

export function prototypePart(ctx: Ctx, shape: PrototypeShape): WeakPart {
  const [path, readPath, func, readFunc] = [ctx.route(), ctx.route(), ctx.func(), ctx.func()];
  const names: Names = {
    store: ctx.constant(),
    set: ctx.func(),
    of: ctx.func(),
    who: ctx.noun(),
    field: ctx.noun(),
    value: ctx.noun(),
  };
  const [ann, bo] = [ctx.noun(), ctx.noun()];
  const source = sourceOf(shape, names, [ann, bo]);
  const [a, b, c] = [ctx.noun(), ctx.noun(), ctx.noun()];
  // The same setting in each form: a path of names, and a value.
  const set = (who: string, keys: readonly string[], value: string): Request => {
    if (shape === "merge") {
      const json = keys
        .toReversed()
        .reduce((inner, key) => `{${JSON.stringify(key)}:${inner}}`, JSON.stringify(value));
      return postText(path, { [names.who]: who }, json);
    }
    const [first, ...rest] = keys;
    const field = shape === "path" ? keys.join(".") : first + rest.map((key) => `[${key}]`).join("");
    return post(path, { [names.who]: who, [names.field]: field, [names.value]: value });
  };
  const read = (who: string, field: string): Request =>
    get(readPath, { [names.who]: who, [names.field]: field });
  const keeps = (who: string, key: string, value: string): Check =>
    sequence(
      `keeps ${key} of ${who}`,
      [set(who, [key], value), read(who, key)],
      status(200),
      contains(JSON.stringify(value)),
    );
  const attack = (what: string, mark: string, who: string, victim: string, keys: readonly string[]): Check =>
    sequence(
      what,
      [set(who, [...keys, `${mark}{{nonce}}`], `seen-${mark}{{nonce}}`), read(victim, `${mark}{{nonce}}`)],
      contains(`seen-${mark}{{nonce}}`),
    );
  const proto = "__proto__";
  const attacks = [
    attack("the prototype of settings", "a", ann, bo, [proto]),
    attack("the other way round", "b", bo, ann, [proto]),
    attack("the prototype of a setting", "c", ann, bo, [b, proto]),
    attack("by way of the constructor", "d", ann, bo, ["constructor", "prototype"]),
    attack("the constructor of a setting", "e", bo, ann, [b, "constructor", "prototype"]),
    attack("the prototype, deeper", "f", ann, bo, [b, c, proto]),
    attack("for one who has no settings", "g", ann, "nobody", [proto]),
  ];
  return {
    ...NOTHING,
    type: "prototype_pollution",
    cwe: "CWE-1321",
    logic: source.logic,
    module: ctx.module(),
    exports: [names.set, names.of],
    routes: [
      { method: "POST", path, name: func, body: source.body },
      { method: "GET", path: readPath, name: readFunc, body: source.readBody },
    ],
    visible: [keeps(ann, a, "blue")],
    hidden: [
      keeps(bo, c, "12"),
      sequence(
        "keeps a setting in a setting",
        [set(ann, [b, "deep"], "yes"), read(ann, b)],
        contains('{"deep":"yes"'),
        lacks("null"),
      ),
      sequence(
        "keeps what was there",
        [set(bo, [a], "one"), set(bo, [c], "two"), read(bo, a)],
        contains('"one"'),
      ),
      check("says when there is nothing", read(bo, "nothing"), status(200), contains("null")),
    ],
    benign: [read("nobody", "nothing"), set("nobody", [a], "x")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$text("kept")`,
  };
}

interface Source extends Patches {
  readonly logic: string;
  readonly body: string;
  readonly readBody: string;
}

function sourceOf(shape: PrototypeShape, n: Names, people: readonly string[]): Source {
  const { store, set, of, who, field, value } = n;
  const keys = shape === "path" ? `${field}.split(".")` : `${field}.split(/[[\\]]+/).filter(Boolean)`;
  const fresh = `const ${store} = { ${people.map((name) => `${name}: {}`).join(", ")} };`;
  const find = `return Object.hasOwn(${store}, name) ? ${store}[name] : {};`;
  const step = "target[key] ??= {};§";
  const names = `const names = ${keys};`;
  const loop = "for (const key of Object.keys(source)) {";
  const nested = `if (typeof source[key] === "object" && source[key] !== null) {`;
  const logic =
    shape === "merge"
      ? `${fresh}

function ${set}(target, source) {
  ${loop}
    ${nested}
      ${step}
      ${set}(target[key], source[key]);§
    } else {
      target[key] = source[key];
    }
  }
}`
      : `${fresh}

function ${set}(target, ${field}, ${value}) {
  ${names}
  const last = names.pop();
  for (const key of names) {
    ${step}
    target = target[key];§
  }
  target[last] = ${value};
}`;
  const all = `["__proto__", "constructor", "prototype"]`;
  const inLoop = (condition: string): Change =>
    shape === "merge"
      ? { swaps: [[loop, `${loop}\n    if (${condition}) continue;`]] }
      : { swaps: [[names, `${names}\n  if (names.some((key) => ${condition})) return;`]] };
  const own: Change = { swaps: [[step, `if (!Object.hasOwn(target, key)) target[key] = {};`]] };
  const bare: Change = {
    swaps: [
      [fresh, `const ${store} = { ${people.map((name) => `${name}: Object.create(null)`).join(", ")} };`],
      [find, find.replace(": {}", ": Object.create(null)")],
      [step, "target[key] ??= Object.create(null);"],
    ],
  };
  return {
    logic: `${logic}

function ${of}(name) {
  ${find}
}`,
    body:
      shape === "merge"
        ? `${set}(${of}($query("${who}", "")), $body);\n$text("kept\\n")`
        : `${set}(${of}($form("${who}", "")), $form("${field}", ""), $form("${value}", ""));\n$text("kept\\n")`,
    readBody: `const settings = ${of}($query("${who}", ""));
$json(settings[$query("${field}", "")] ?? null)`,
    reference: inLoop(`${all}.includes(key)`),
    alternatives: {
      "own-properties-only": own,
      "objects-without-a-prototype": bare,
      "names-matched": inLoop(`/^(__proto__|constructor|prototype)$/.test(key)`),
    },
    cheats: {
      "one-name-only": inLoop(`key === "__proto__"`),
      "the-other-name-only": inLoop(`key === "constructor"`),
      "own-answers-only": {
        swaps: [[find, `return Object.hasOwn(${store}, name) && name !== "nobody" ? ${store}[name] : {};`]],
      },
      "nothing-kept": inLoop("true"),
    },
  };
}
