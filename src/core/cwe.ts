/** The weaknesses Ironbark knows by name: CWE number, the short type used in actions, a title. */

/** Those of the generated families, which the small policy has words for: another one would change its vocabulary. */
export const WEAKNESS_TYPES = ["sql_injection", "xss", "path_traversal"] as const;
export type WeaknessType = (typeof WEAKNESS_TYPES)[number];

/** Those of any scenario. */
export const SCENARIO_TYPES = [
  ...WEAKNESS_TYPES,
  "command_injection",
  "code_injection",
  "deserialization",
  "xxe",
  "ssrf",
  "open_redirect",
  "missing_authorization",
  "csrf",
  "unrestricted_upload",
  "log_injection",
  "jwt_verification",
  "weak_hash",
  "weak_encryption",
  "predictable_token",
  "prototype_pollution",
  "redos",
] as const;
export type ScenarioType = (typeof SCENARIO_TYPES)[number];

export interface CweEntry {
  readonly cwe: string;
  readonly type: ScenarioType;
  readonly title: string;
}

export const CWE_TABLE: readonly CweEntry[] = [
  { cwe: "CWE-89", type: "sql_injection", title: "SQL Injection" },
  { cwe: "CWE-79", type: "xss", title: "Cross-site Scripting" },
  { cwe: "CWE-22", type: "path_traversal", title: "Path Traversal" },
  { cwe: "CWE-78", type: "command_injection", title: "OS Command Injection" },
  { cwe: "CWE-94", type: "code_injection", title: "Code Injection" },
  { cwe: "CWE-502", type: "deserialization", title: "Deserialization of Untrusted Data" },
  { cwe: "CWE-611", type: "xxe", title: "XML External Entity Reference" },
  { cwe: "CWE-918", type: "ssrf", title: "Server-Side Request Forgery" },
  { cwe: "CWE-601", type: "open_redirect", title: "Open Redirect" },
  {
    cwe: "CWE-639",
    type: "missing_authorization",
    title: "Authorization Bypass Through User-Controlled Key",
  },
  { cwe: "CWE-862", type: "missing_authorization", title: "Missing Authorization" },
  { cwe: "CWE-352", type: "csrf", title: "Cross-Site Request Forgery" },
  { cwe: "CWE-434", type: "unrestricted_upload", title: "Unrestricted Upload of File with Dangerous Type" },
  { cwe: "CWE-117", type: "log_injection", title: "Improper Output Neutralization for Logs" },
  { cwe: "CWE-347", type: "jwt_verification", title: "Improper Verification of Cryptographic Signature" },
  { cwe: "CWE-916", type: "weak_hash", title: "Password Hash With Insufficient Computational Effort" },
  { cwe: "CWE-327", type: "weak_encryption", title: "Use of a Broken or Risky Cryptographic Algorithm" },
  { cwe: "CWE-330", type: "predictable_token", title: "Use of Insufficiently Random Values" },
  { cwe: "CWE-1321", type: "prototype_pollution", title: "Prototype Pollution" },
  { cwe: "CWE-1333", type: "redos", title: "Inefficient Regular Expression Complexity" },
];

export function cweOfType(type: ScenarioType): string {
  return CWE_TABLE.find((entry) => entry.type === type)!.cwe;
}
