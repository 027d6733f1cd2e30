/** Text made safe for HTML and SVG. What models and applications wrote is hostile and only ever shown. */

/** Of one field; an application may answer with megabytes. */
const MAX_CHARACTERS = 200_000;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Everything that Unicode calls control, format, surrogate, private or unassigned, but for newline and tab. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/**
 * Escapes for element content and quoted attributes. Characters that cannot be seen (and could hide or reorder
 * text, or are forbidden in XML) are spelled out as \u{...}.
 */
export function escapeText(text: string): string {
  const cut = text.length > MAX_CHARACTERS;
  const shown = cut ? text.slice(0, MAX_CHARACTERS) : text;
  const escaped = shown
    .replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
  return cut ? `${escaped}\n[${text.length - MAX_CHARACTERS} more characters]` : escaped;
}

/** Strings as they are, anything else as indented JSON; escaped. */
export function escapeValue(value: unknown): string {
  return escapeText(typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? String(value)));
}
