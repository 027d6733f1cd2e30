/** Reads what a client wants out of the parts of its messages: the skill by name, or by what the input looks like. */
import type { Part } from "@a2a-js/sdk";
import { InputError } from "../../core/errors.ts";
import { jsonIn } from "../../skills/index.ts";
import { SKILL_IDS, type SkillId } from "./skill-list.ts";

export interface Asked {
  /** Undefined when nothing says which. */
  readonly skill: SkillId | undefined;
  readonly input: Readonly<Record<string, unknown>>;
}

type Fields = Record<string, unknown>;

/**
 * Data parts are fields of the input; later ones win. A text that is a JSON object is one too. Files become `files`.
 * Other text is `text`, or `code` when it stands in a code fence. Throws InputError for a skill that is not known.
 */
export function askedFor(parts: readonly Part[], metadata: Readonly<Record<string, unknown>>): Asked {
  const fields: Fields = Object.create(null) as Fields;
  const files: Record<string, string> = {};
  const texts: string[] = [];
  let prefixed: string | undefined;
  for (const { content, filename } of parts) {
    if (content?.$case === "data") Object.assign(fields, objectOf(content.value));
    else if (content?.$case === "raw")
      files[filename || `file${Object.keys(files).length + 1}`] = decode(content.value);
    else if (content?.$case === "url")
      throw new InputError("parts: url: nothing is fetched; send the content itself");
    else if (content?.$case === "text") {
      const [, word, rest] = /^\s*([a-z-]+):\s([^]*)$/.exec(content.value) ?? [];
      const named = word !== undefined && isSkill(word);
      if (named) prefixed = word;
      const text = named ? rest! : content.value;
      const json = text.trimStart().startsWith("{") ? jsonIn(text) : undefined;
      if (json === undefined) texts.push(text);
      else Object.assign(fields, objectOf(json));
    }
  }
  if (Object.keys(files).length > 0) fields["files"] ??= files;
  addText(fields, texts.join("\n"));
  const name = fields["skill"] ?? metadata["skill"] ?? prefixed;
  delete fields["skill"];
  if (name !== undefined && (typeof name !== "string" || !isSkill(name)))
    throw new InputError(
      `skill: expected one of ${SKILL_IDS.join(", ")}, got ${JSON.stringify(name)?.slice(0, 80)}`,
    );
  return { skill: name ?? skillOf(fields), input: fields };
}

const isSkill = (name: string): name is SkillId => SKILL_IDS.some((id) => id === name);

function objectOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError("parts: data: expected a JSON object");
  return value as Fields;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InputError("parts: raw: expected UTF-8 text");
  }
}

function addText(fields: Fields, text: string): void {
  if (text.trim() === "") return;
  const fence = /```(\w*)\s*\n([^]*?)```/.exec(text);
  if (fence !== null && fields["files"] === undefined && fields["code"] === undefined) {
    fields["code"] = fence[2]!;
    if (fence[1] !== "") fields["language"] ??= fence[1];
  }
  fields["text"] ??= text;
}

function skillOf(fields: Fields): SkillId | undefined {
  const has = (key: string): boolean => fields[key] !== undefined;
  if (has("observation")) return "play";
  if (has("request") && has("response")) return "triage";
  if (has("patch") || has("scenario") || has("tests")) return "patch";
  if (has("files") || has("code")) return "analyze";
  return undefined;
}
