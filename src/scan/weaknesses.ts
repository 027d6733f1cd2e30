/** What a report says about a weakness: its name, what it is, what to do, and how bad it can be. */
import type { TraceStep } from "../analyzers/index.ts";
import type { Location } from "../core/index.ts";

export interface Advice {
  readonly title: string;
  /** What goes wrong. */
  readonly harm: string;
  /** What a correct program does instead. */
  readonly fix: string;
  /** As a CVSS base score would be, for an application that strangers can reach. */
  readonly score: number;
}

const advice = (title: string, score: number, harm: string, fix: string): Advice => ({
  title,
  harm,
  fix,
  score,
});

const ADVICE: Readonly<Record<string, Advice>> = {
  "CWE-22": advice(
    "Path traversal",
    7.5,
    "A path made from outside text can lead out of the folder that it was meant for.",
    "Resolve the whole path, then check that it is below the folder, or choose from a fixed table of names.",
  ),
  "CWE-78": advice(
    "Command injection",
    9.8,
    "Outside text becomes part of a command that a shell reads.",
    "Start the program with a list of arguments and without a shell; put `--` before arguments from outside.",
  ),
  "CWE-79": advice(
    "Cross-site scripting",
    6.1,
    "Outside text becomes part of a page as markup, so that it can run script in a visitor's browser.",
    "Let an auto-escaping template write it, or escape it for the place where it stands.",
  ),
  "CWE-89": advice(
    "SQL injection",
    9.8,
    "Outside text becomes part of an SQL statement.",
    "Pass values as parameters; choose names of columns and directions from a fixed table.",
  ),
  "CWE-94": advice(
    "Code injection",
    9.8,
    "Outside text is run as a program.",
    "Read it with a parser for exactly what it may be, or look it up in a table.",
  ),
  "CWE-117": advice(
    "Log injection",
    5.3,
    "Line ends in outside text forge entries of a log.",
    "Write the text encoded, for instance as JSON, or without control characters.",
  ),
  "CWE-200": advice(
    "Information exposure",
    5.3,
    "Internal information reaches people whom it is not meant for.",
    "Show a general message and keep the details in a log.",
  ),
  "CWE-295": advice(
    "Certificates are not checked",
    7.4,
    "Anyone on the way can take the place of the server.",
    "Leave the check on and add the certificate that is missing.",
  ),
  "CWE-327": advice(
    "Broken cryptography",
    7.4,
    "The algorithm, or the way it is used, is broken.",
    "Use a current authenticated cipher or digest, such as AES-GCM or SHA-256.",
  ),
  "CWE-330": advice(
    "Predictable random values",
    7.5,
    "What is made from this generator can be foreseen.",
    "Take secrets from the system's generator: `secrets` in Python, `crypto` in JavaScript.",
  ),
  "CWE-347": advice(
    "Signature not verified",
    9.1,
    "A token is believed without a proof of who signed it, or the token says itself how it is to be checked.",
    "Verify with one fixed algorithm and the right key before reading anything from it.",
  ),
  "CWE-377": advice(
    "Foreseeable temporary file",
    5.5,
    "Somebody else on the machine can put a file or link of that name there first.",
    "Make it with `tempfile` or `mkdtemp`, or open it exclusively.",
  ),
  "CWE-502": advice(
    "Unsafe deserialization",
    9.8,
    "Reading this format can run what it holds.",
    "Use a format of data alone, such as JSON.",
  ),
  "CWE-601": advice(
    "Open redirect",
    6.1,
    "A link to this site can send its visitor to another one.",
    "Redirect to names from a table, or parse the target and compare its origin with one's own.",
  ),
  "CWE-611": advice(
    "XML external entities",
    7.5,
    "The parser loads files and addresses that a document names.",
    "Forbid document types, or switch external entities and the network off.",
  ),
  "CWE-798": advice(
    "Secret in the source",
    7.5,
    "Everyone who can read the source has the secret.",
    "Read it from the environment or from a store of secrets, and change it.",
  ),
  "CWE-918": advice(
    "Server-side request forgery",
    8.6,
    "Outside text decides which address the server asks.",
    "Choose from a fixed list of hosts, and check the address after it was resolved.",
  ),
  "CWE-1321": advice(
    "Prototype pollution",
    7.3,
    "Keys from outside reach the prototype that all objects share.",
    "Refuse `__proto__`, `constructor` and `prototype`, or use a Map or an object without a prototype.",
  ),
  "CWE-1333": advice(
    "Slow regular expression",
    7.5,
    "Some short texts keep this expression busy for very long.",
    "Write it so that no two parts can match the same text, and limit the length.",
  ),
};

/** Numbers that name the same mistake at different heights of the catalogue, or a part of it. */
const SAME: Readonly<Record<string, string>> = {
  "CWE-23": "CWE-22",
  "CWE-36": "CWE-22",
  "CWE-73": "CWE-22",
  "CWE-77": "CWE-78",
  "CWE-88": "CWE-78",
  "CWE-80": "CWE-79",
  "CWE-564": "CWE-89",
  "CWE-943": "CWE-89",
  "CWE-95": "CWE-94",
  "CWE-96": "CWE-94",
  "CWE-1336": "CWE-94",
  "CWE-93": "CWE-117",
  "CWE-326": "CWE-327",
  "CWE-328": "CWE-327",
  "CWE-916": "CWE-327",
  "CWE-338": "CWE-330",
  "CWE-259": "CWE-798",
  "CWE-321": "CWE-798",
  "CWE-345": "CWE-347",
  "CWE-776": "CWE-611",
  "CWE-827": "CWE-611",
  "CWE-915": "CWE-1321",
  "CWE-379": "CWE-377",
};

/** The number under which findings of the same mistake meet; empty for none. */
export const familyOf = (cwe: string): string => SAME[cwe] ?? cwe;

/** Whether a finding names a planted weakness: on a line that its author accepts, or on a way that leads through one. */
export function explains(
  weakness: { readonly cwe: string; readonly locations: readonly Location[] },
  finding: {
    readonly cwe: string;
    readonly file: string;
    readonly line: number;
    readonly trace?: readonly TraceStep[];
  },
): boolean {
  if (familyOf(weakness.cwe) !== familyOf(finding.cwe)) return false;
  const accepted = new Set(weakness.locations.map(({ file, line }) => `${file}:${line}`));
  return [finding, ...(finding.trace ?? [])].some(({ file, line }) => accepted.has(`${file}:${line}`));
}

const GENERAL = (cwe: string): Advice =>
  advice(
    cwe === "" ? "Suspicious code" : `Weakness ${cwe}`,
    4,
    "An analyzer reports this place; see its message.",
    "Look at the place and at the documentation of the rule.",
  );

export const adviceOn = (cwe: string): Advice => ADVICE[cwe] ?? ADVICE[familyOf(cwe)] ?? GENERAL(cwe);
