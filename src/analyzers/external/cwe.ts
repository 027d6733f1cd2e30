/** Weaknesses as other tools write them. */

/** `CWE-89` of "CWE-89: SQL Injection", `["cwe-89"]` or "external/cwe/cwe-089"; empty when there is none. */
export function firstCwe(value: unknown): string {
  const texts = Array.isArray(value) ? value : [value];
  for (const text of texts) {
    const found = typeof text === "string" ? /cwe-0*(\d+)/i.exec(text) : null;
    if (found !== null) return `CWE-${found[1]}`;
  }
  return "";
}
