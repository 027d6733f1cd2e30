/** Deserialization (CWE-502): the sources in JavaScript. */
import type { DeserializeShape, Names, Source } from "./deserialize.ts";

export function javascriptSource(shape: DeserializeShape, { pack, unpack, state, a, b }: Names): Source {
  const write = 'return Buffer.from(JSON.stringify(values)).toString("base64url");';
  const decoded = `Buffer.from(${state}, "base64url").toString()`;
  // Several parts of one site may be signed.
  const [key, sign] = [`${pack}Key`, `${pack}Signature`];
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
            `const ${key} = randomBytes(32);\nconst ${sign} = (data) => createHmac("sha256", ${key}).update(data).digest("hex");\n\nfunction ${pack}(values) {`,
          ],
          [
            write,
            `const data = Buffer.from(JSON.stringify(values)).toString("base64url");\n  return \`\${data}.\${${sign}(data)}\`;`,
          ],
          [
            load,
            `const [data, signature] = ${state}.split(".");\n  if (signature !== ${sign}(data)) throw new Error("not ours");\n  return JSON.parse(Buffer.from(data, "base64url").toString());`,
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
