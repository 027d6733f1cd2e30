/** Reading foreign JSON of which every part may be missing or of another type: absent reads as empty. */

export type JsonObject = { readonly [key: string]: unknown };

const NOTHING: JsonObject = {};

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

export const objectAt = (value: JsonObject, key: string): JsonObject => {
  const found = value[key];
  return isObject(found) ? found : NOTHING;
};

/** The objects of an array; anything else in it is passed over. */
export const objectsAt = (value: JsonObject, key: string): readonly JsonObject[] => {
  const found = value[key];
  return Array.isArray(found) ? found.filter(isObject) : [];
};

export const textAt = (value: JsonObject, key: string): string | null => {
  const found = value[key];
  return typeof found === "string" && found !== "" ? found : null;
};

/** White space collapsed, ends trimmed. Single spaces are not matched: replacing each by itself took longer than the rest. */
export const collapse = (text: string): string => text.replace(/[^\S ]\s*| \s+/g, " ").trim();
