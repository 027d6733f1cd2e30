/** What a report says about a weakness: its name, what it is, what to do, and how bad it can be. */
import { familyOf } from "./weaknesses.ts";

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
  "CWE-352": advice(
    "Cross-site request forgery",
    6.5,
    "Another site can make a signed-in browser send a request that changes something.",
    "Ask for a token of the session in every request that changes something, and set SameSite on the cookie.",
  ),
  "CWE-377": advice(
    "Foreseeable temporary file",
    5.5,
    "Somebody else on the machine can put a file or link of that name there first.",
    "Make it with `tempfile` or `mkdtemp`, or open it exclusively.",
  ),
  "CWE-434": advice(
    "Unrestricted upload",
    8.8,
    "An uploaded file may be shown as a page or run as a program.",
    "Choose the name and its ending yourself, take only known types, and keep uploads where nothing is run.",
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
  "CWE-639": advice(
    "Somebody else's objects",
    6.5,
    "Whoever changes the identifier in a request reads or changes what belongs to others.",
    "Ask for every object whether the user of the session may have it.",
  ),
  "CWE-798": advice(
    "Secret in the source",
    7.5,
    "Everyone who can read the source has the secret.",
    "Read it from the environment or from a store of secrets, and change it.",
  ),
  "CWE-916": advice(
    "Weak password hash",
    7.5,
    "Whoever gets hold of the stored hashes can guess the passwords quickly.",
    "Use a password hash with a salt and a cost, such as scrypt, bcrypt or Argon2.",
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

const GENERAL = (cwe: string): Advice =>
  advice(
    cwe === "" ? "Suspicious code" : `Weakness ${cwe}`,
    4,
    "An analyzer reports this place; see its message.",
    "Look at the place and at the documentation of the rule.",
  );

/** Of the weakness itself or of its family; general words for one that is not in the table. */
export const adviceOn = (cwe: string): Advice => knownAdvice(cwe) ?? GENERAL(cwe);

export const knownAdvice = (cwe: string): Advice | undefined => ADVICE[cwe] ?? ADVICE[familyOf(cwe)];
