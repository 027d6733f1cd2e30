import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../core/errors.ts";
import { ChatTemplate, type ChatMessage } from "./chat-template.ts";

const TEMPLATE = `{{ bos_token }}
{%- if tools %}
<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}</tools>
{% endif %}
{%- for message in messages %}
  {%- if message.role not in ["system", "user", "assistant"] %}{{ raise_exception("unknown role " + message.role) }}{% endif %}
  {%- if message.role == "assistant" %}
<|assistant|>
    {% generation %}
{{ message.content | trim }}<|end|>
    {% endgeneration %}
  {%- else %}
<|{{ message.role }}|>{{ message.content }}<|end|>
  {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}

<|assistant|>
{% endif %}`;

const folder = (files: Record<string, string | object>): string => {
  const path = mkdtempSync(join(tmpdir(), "ironbark-chat-"));
  mkdirSync(join(path, "additional_chat_templates"));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(path, name), typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const MESSAGES: ChatMessage[] = [
  { role: "user", content: "Is `a < b` safe? \u00e9" },
  { role: "assistant", content: "  No. " },
  { role: "user", content: "Why?" },
  { role: "assistant", content: "\u29830< It is not." },
];

// The expected texts are those of Python's Jinja with the settings and extensions of transformers 5.18.0.
describe("a chat template", () => {
  const config = { chat_template: TEMPLATE, bos_token: { content: "<s>", lstrip: false }, eos_token: "</s>" };
  const template = ChatTemplate.load(folder({ "tokenizer_config.json": config }));

  it("renders messages, tools and the beginning of an answer", () => {
    const text = template.render(MESSAGES.slice(0, 1), {
      tools: [{ name: "run", n: [1, null, true] }],
      addGenerationPrompt: true,
    });
    expect(text).toBe(
      '<s><tools>{"name": "run", "n": [1, null, true]}</tools>\n<|user|>Is `a < b` safe? \u00e9<|end|>\n<|assistant|>\n',
    );
  });

  it("keeps the white space that Python keeps around generation tags", () => {
    expect(template.render(MESSAGES.slice(1, 3))).toBe("<s><|assistant|>\nNo.<|end|>\n<|user|>Why?<|end|>");
  });

  it("tells what an assistant wrote, also when a message spells a mark", () => {
    const parts = template.renderParts(MESSAGES);
    expect(parts.filter(({ generated }) => generated).map(({ text }) => text)).toEqual([
      "No.<|end|>\n",
      "\u29830< It is not.<|end|>\n",
    ]);
    expect(parts.map(({ text }) => text).join("")).toBe(template.render(MESSAGES));
  });

  it("says in one line what it refuses", () => {
    const render = (): string => template.render([{ role: "judge", content: "" }]);
    expect(render).toThrow(InputError);
    expect(render).toThrow(/chat template: unknown role judge$/);
  });
});

describe("a tokenizer folder", () => {
  const messages = [{ role: "user", content: "x" }];
  const both = [
    { name: "default", template: "plain {{ messages[0].content }}" },
    { name: "tool_use", template: "with tools" },
  ];

  it("may name several templates", () => {
    const template = ChatTemplate.load(folder({ "tokenizer_config.json": { chat_template: both } }));
    expect(template.render(messages)).toBe("plain x");
    expect(template.render(messages, { tools: [{}] })).toBe("with tools");
  });

  it("may have them as files, which come first", () => {
    const files = {
      "tokenizer_config.json": { chat_template: both },
      "chat_template.jinja": "file",
      "additional_chat_templates/tool_use.jinja": "file with tools",
    };
    const template = ChatTemplate.load(folder(files));
    expect(template.render(messages)).toBe("file");
    expect(template.render(messages, { tools: [{}] })).toBe("file with tools");
  });

  it.each<[Record<string, string | object>, RegExp]>([
    [{ "tokenizer_config.json": {} }, /expected a chat template: chat_template\.jinja, or chat_template in/],
    [{}, /expected a chat template/],
    [{ "tokenizer_config.json": "{" }, /tokenizer_config\.json: not JSON/],
    [{ "tokenizer_config.json": { chat_template: 1 } }, /tokenizer_config\.json: chat_template: /],
  ])("%j gets one line", (files, message) => {
    const load = (): unknown => ChatTemplate.load(folder(files));
    expect(load).toThrow(InputError);
    expect(load).toThrow(message);
  });

  it("with a template that does not parse gets one line", () => {
    const template = ChatTemplate.load(folder({ "chat_template.jinja": "{% for %}" }));
    expect(() => template.render(messages)).toThrow(/^\S+: chat template: [^\n]+$/);
  });
});
