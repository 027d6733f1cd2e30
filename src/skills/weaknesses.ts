/** The words by which advisories speak of the weaknesses that Ironbark knows by name. */
import { CWE_TABLE } from "../core/cwe.ts";

const WORDS: Readonly<Record<string, RegExp>> = {
  "CWE-89":
    /\bSQL\b[^.]{0,40}\binjection|\bSQLi\b|\binjection\b[^.]{0,40}\bSQL\b|\bSQL (?:command|statement|quer)/gi,
  "CWE-79":
    /cross[- ]site scripting|\bXSS\b|script (?:code )?injection|inject[^.]{0,30}(?:web script|HTML|JavaScript)/gi,
  "CWE-22": /path traversal|directory traversal|\.\.\/|dot dot|arbitrary file (?:read|write|access)/gi,
  "CWE-78":
    /(?:OS )?command injection|shell (?:command|metacharacter)|arbitrary (?:OS |system |shell )?commands?/gi,
  "CWE-94": /code injection|template injection|arbitrary (?:PHP |Python |JavaScript )?code|\beval\b/gi,
  "CWE-502": /deseriali[sz]ation|unseriali[sz]e|pickle|untrusted data[^.]{0,30}object/gi,
  "CWE-611": /\bXXE\b|XML external entit/gi,
  "CWE-918": /\bSSRF\b|server[- ]side request forger/gi,
  "CWE-601": /open redirect|redirect(?:s|ed)? (?:users? )?to (?:an )?(?:arbitrary|malicious|untrusted)/gi,
  "CWE-639": /\bIDOR\b|insecure direct object|authorization bypass|access (?:other|another) users?/gi,
  "CWE-862": /missing authori[sz]ation|without (?:an )?authori[sz]ation|unauthori[sz]ed (?:users?|access)/gi,
  "CWE-352": /\bCSRF\b|cross[- ]site request forger/gi,
  "CWE-434":
    /(?:arbitrary|unrestricted|malicious) file upload|upload[^.]{0,40}(?:executable|dangerous|PHP) files?/gi,
  "CWE-117": /log injection|log forging|inject[^.]{0,30}log entr/gi,
  "CWE-347": /signature (?:verification|validation|check)|\bJWT\b|none algorithm/gi,
  "CWE-916": /weak (?:password )?hash|\bMD5\b|\bSHA-?1\b|unsalted/gi,
  "CWE-327":
    /(?:broken|weak|risky|insecure) (?:cryptograph|encryption|cipher|algorithm)|\b3?DES\b|\bRC4\b|\bECB\b/gi,
  "CWE-330":
    /predictable|insufficient(?:ly)? (?:random|entropy)|insecure random|weak (?:PRNG|random)|guessable (?:token|session)/gi,
  "CWE-1321": /prototype pollution|__proto__/gi,
  "CWE-1333":
    /\bReDoS\b|regular expression denial|catastrophic backtracking|inefficient regular expression/gi,
};

export interface WeaknessWords {
  readonly cwe: string;
  readonly title: string;
  /** Finds mentions in an advisory. */
  readonly words: RegExp;
}

export const WEAKNESSES: readonly WeaknessWords[] = CWE_TABLE.map(({ cwe, title }) => ({
  cwe,
  title,
  words: WORDS[cwe]!,
}));
