/**
 * The chat template of a tokenizer folder: messages to the text that a model was trained on. Rendered by
 * @huggingface/jinja, which differs from Python's Jinja in that `none` prints as nothing, and in that what an iteration
 * has printed before `break` or `continue` is lost.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { readJsonFile } from "./json-file.ts";

export type ChatMessage = Readonly<Record<string, unknown>> & { readonly role: string };

export interface ChatOptions {
  /** JSON schemas of functions, as the OpenAI API has them. */
  readonly tools?: readonly object[];
  readonly documents?: readonly object[];
  /** Ends with the beginning of an answer. */
  readonly addGenerationPrompt?: boolean;
  /** Further variables that the template asks for, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** A piece of the text; `generated` is what stands between `{% generation %}` and `{% endgeneration %}`. */
export interface ChatPart {
  readonly text: string;
  readonly generated: boolean;
}

const TOKENS = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"].map((name) => `${name}_token`);
const token = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const ConfigSchema = z.looseObject({
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
  ...Object.fromEntries(TOKENS.map((name) => [name, token])),
});

export class ChatTemplate {
  readonly #source: string;
  readonly #templates: ReadonlyMap<string, string>;
  readonly #tokens: Readonly<Record<string, string>>;

  /** `templates` by name, `default` among them; `tokens` are the variables `bos_token` and so on. */
  constructor(
    templates: ReadonlyMap<string, string>,
    tokens: Readonly<Record<string, string>>,
    source: string,
  ) {
    this.#templates = templates;
    this.#tokens = tokens;
    this.#source = source;
  }

  /** Reads `chat_template.jinja` or tokenizer_config.json. Throws InputError when the folder has neither. */
  static load(folder: string): ChatTemplate {
    const file = join(folder, "tokenizer_config.json");
    const config = existsSync(file) ? readJsonFile(file, ConfigSchema, "a tokenizer's settings") : {};
    const templates = readTemplates(folder, config.chat_template);
    if (!templates.has("default"))
      throw new InputError(
        `${folder}: expected a chat template: chat_template.jinja, or chat_template in tokenizer_config.json`,
      );
    const tokens: Record<string, string> = {};
    for (const name of TOKENS) {
      const value = (config as Record<string, z.infer<typeof token>>)[name];
      if (value) tokens[name] = typeof value === "string" ? value : value.content;
    }
    return new ChatTemplate(templates, tokens, folder);
  }

  /** As `load`; undefined when the folder has no template. */
  static find(folder: string): ChatTemplate | undefined {
    const file = join(folder, "tokenizer_config.json");
    const config = existsSync(file) ? readJsonFile(file, ConfigSchema, "a tokenizer's settings") : {};
    return readTemplates(folder, config.chat_template).has("default") ? ChatTemplate.load(folder) : undefined;
  }

  /** Throws InputError with what the template says when it refuses the messages. */
  render(messages: readonly ChatMessage[], options: ChatOptions = {}): string {
    // Not rendered without marks: the library drops generation tags, and then the text at both sides is trimmed as one.
    return this.renderParts(messages, options)
      .map(({ text }) => text)
      .join("");
  }

  /** The same text in pieces, those told apart that an assistant wrote. */
  renderParts(messages: readonly ChatMessage[], options: ChatOptions = {}): ChatPart[] {
    const template = this.#choose(options);
    const [start, end] = marksFor(template + JSON.stringify([messages, options]));
    const marked = this.#render(
      // As a block, not an expression, so that the white space around is trimmed as around the tag.
      template.replace(
        /\{%(-?)\s*(end)?generation\s*(-?)%\}/g,
        (_, left: string, isEnd: string | undefined, right: string) => {
          return `{%${left} if true %}{{ "${isEnd === undefined ? start : end}" }}{% endif ${right}%}`;
        },
      ),
      messages,
      options,
    );
    const parts = marked.split(start).flatMap((piece, i) => {
      if (i === 0) return [{ text: piece, generated: false }];
      const [inside = "", ...after] = piece.split(end);
      return [
        { text: inside, generated: true },
        { text: after.join(""), generated: false },
      ];
    });
    return parts.filter(({ text }) => text !== "");
  }

  #choose({ tools }: ChatOptions): string {
    return (tools && this.#templates.get("tool_use")) ?? this.#templates.get("default")!;
  }

  #render(template: string, messages: readonly ChatMessage[], options: ChatOptions): string {
    const { tools = null, documents = null, addGenerationPrompt = false, variables } = options;
    try {
      return new Template(template).render({
        ...this.#tokens,
        messages,
        tools,
        documents,
        add_generation_prompt: addGenerationPrompt,
        ...variables,
      });
    } catch (cause) {
      const reason = (cause as Error).message.replaceAll("\n", " ");
      throw new InputError(`${this.#source}: chat template: ${reason}`, { cause });
    }
  }
}

/** Files stand before tokenizer_config.json, as in transformers. */
function readTemplates(
  folder: string,
  configured: string | { name: string; template: string }[] | null | undefined,
): Map<string, string> {
  const out = new Map<string, string>();
  if (typeof configured === "string") out.set("default", configured);
  else for (const { name, template } of configured ?? []) out.set(name, template);
  const more = join(folder, "additional_chat_templates");
  if (existsSync(more))
    for (const name of readdirSync(more).filter((one) => one.endsWith(".jinja")))
      out.set(name.slice(0, -".jinja".length), readFileSync(join(more, name), "utf8"));
  const file = join(folder, "chat_template.jinja");
  if (existsSync(file)) out.set("default", readFileSync(file, "utf8"));
  return out;
}

/** Two marks that stand nowhere in `text`: a message that spelt one would otherwise move the loss. */
function marksFor(text: string): [start: string, end: string] {
  for (let n = 0; ; n++) {
    const marks: [string, string] = [`\u2983${n}<`, `\u2984${n}>`];
    if (!marks.some((mark) => text.includes(mark))) return marks;
  }
}
