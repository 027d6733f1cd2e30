/** What is told about the weaknesses that Ironbark knows by name: the words for them, what they allow, how to fix them. */
import { CWE_TABLE } from "../core/cwe.ts";

export interface WeaknessText {
  readonly cwe: string;
  readonly title: string;
  /** Finds mentions in an advisory. */
  readonly words: RegExp;
  /** What an attacker can do. */
  readonly risk: string;
  readonly fix: string;
}

const TEXTS: Readonly<Record<string, Omit<WeaknessText, "cwe" | "title">>> = {
  "CWE-89": {
    words:
      /\bSQL\b[^.]{0,40}\binjection|\bSQLi\b|\binjection\b[^.]{0,40}\bSQL\b|\bSQL (?:command|statement|quer)/gi,
    risk: "Input becomes part of an SQL statement, so that a caller can read or change any row.",
    fix: "Pass values as parameters of the statement; choose names of tables and columns from a fixed list.",
  },
  "CWE-79": {
    words:
      /cross[- ]site scripting|\bXSS\b|script (?:code )?injection|inject[^.]{0,30}(?:web script|HTML|JavaScript)/gi,
    risk: "Input becomes markup of a page, so that a caller can run script in the browser of whoever reads it.",
    fix: "Escape for the place where the value stands, or use templates that do; accept only http and https in addresses.",
  },
  "CWE-22": {
    words: /path traversal|directory traversal|\.\.\/|dot dot|arbitrary file (?:read|write|access)/gi,
    risk: "Input becomes part of a path, so that a caller can reach files outside the folder that was meant.",
    fix: "Resolve the whole path and check that it lies below the folder, or look names up in a fixed table.",
  },
  "CWE-78": {
    words:
      /(?:OS )?command injection|shell (?:command|metacharacter)|arbitrary (?:OS |system |shell )?commands?/gi,
    risk: "Input becomes part of a shell command, so that a caller can run programs.",
    fix: "Start the program with a list of arguments and without a shell.",
  },
  "CWE-94": {
    words: /code injection|template injection|arbitrary (?:PHP |Python |JavaScript )?code|\beval\b/gi,
    risk: "Input is evaluated as code, so that a caller can do what the application can.",
    fix: "Parse the value with a parser for data; never hand input to eval, exec or a template's source.",
  },
  "CWE-502": {
    words: /deseriali[sz]ation|unseriali[sz]e|pickle|untrusted data[^.]{0,30}object/gi,
    risk: "Objects are built from input, whose construction may run code of the caller's choice.",
    fix: "Use a format that holds data only, such as JSON, or a safe loader.",
  },
  "CWE-611": {
    words: /\bXXE\b|XML external entit/gi,
    risk: "The XML parser resolves entities, so that a document can pull in local files and addresses.",
    fix: "Turn external entities and document types off in the parser.",
  },
  "CWE-918": {
    words: /\bSSRF\b|server[- ]side request forger/gi,
    risk: "The server fetches addresses of a caller's choice, inner networks and metadata services included.",
    fix: "Allow only known hosts, and check the address that the name resolves to before connecting.",
  },
  "CWE-601": {
    words: /open redirect|redirect(?:s|ed)? (?:users? )?to (?:an )?(?:arbitrary|malicious|untrusted)/gi,
    risk: "A link to this site leads to a site of the caller's choice.",
    fix: "Redirect only to paths of this site, or to a fixed list of hosts.",
  },
  "CWE-639": {
    words: /\bIDOR\b|insecure direct object|authorization bypass|access (?:other|another) users?/gi,
    risk: "Whoever changes the identifier in a request reads or changes what belongs to somebody else.",
    fix: "Ask for each object whether the user of the session may see it.",
  },
  "CWE-352": {
    words: /\bCSRF\b|cross[- ]site request forger/gi,
    risk: "Another site can make a signed-in browser send a request that changes something.",
    fix: "Require a token of the session in every request that changes something; set SameSite on the cookie.",
  },
  "CWE-434": {
    words:
      /(?:arbitrary|unrestricted|malicious) file upload|upload[^.]{0,40}(?:executable|dangerous|PHP) files?/gi,
    risk: "An uploaded file may be served or run as code.",
    fix: "Choose the name and the suffix yourself, allow only known types, and store uploads where nothing is run.",
  },
  "CWE-117": {
    words: /log injection|log forging|inject[^.]{0,30}log entr/gi,
    risk: "A line break in the input makes a log entry that nobody wrote.",
    fix: "Replace line breaks and control characters before a value is logged.",
  },
  "CWE-347": {
    words: /signature (?:verification|validation|check)|\bJWT\b|none algorithm/gi,
    risk: "A token that nobody signed is accepted.",
    fix: "Verify the signature with a fixed algorithm and key; never take the algorithm from the token.",
  },
  "CWE-916": {
    words: /weak (?:password )?hash|\bMD5\b|\bSHA-?1\b|unsalted/gi,
    risk: "Whoever gets hold of the stored hashes can guess the passwords quickly.",
    fix: "Use a password hash with a salt and a cost, such as scrypt, bcrypt or Argon2.",
  },
  "CWE-1321": {
    words: /prototype pollution|__proto__/gi,
    risk: "A key of the input changes the prototype that all objects share.",
    fix: "Refuse __proto__, constructor and prototype as keys, or merge into objects without a prototype.",
  },
  "CWE-1333": {
    words: /\bReDoS\b|regular expression denial|catastrophic backtracking|inefficient regular expression/gi,
    risk: "A short input keeps a regular expression busy for minutes.",
    fix: "Write the expression without nested or overlapping repetition, and limit the length of the input.",
  },
};

export const WEAKNESSES: readonly WeaknessText[] = CWE_TABLE.map(({ cwe, title }) => ({
  cwe,
  title,
  ...TEXTS[cwe]!,
}));
