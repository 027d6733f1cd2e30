/** PurpleLlama's own rules of its insecure code detector, read from a checkout that the user has. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { InputError } from "../../core/errors.ts";
import { sha256 } from "../../util/hash.ts";
import { fromPython, Untranslatable, type Translated } from "./python-regex.ts";

/** The revision with which our detector was compared. */
export const KNOWN_REVISION = "4be64c3a24442b51c76175e6ec67722cc3f5fe38";
const USE_CASE = "cyberseceval";
/** Whose patterns a language uses beside its own, as upstream's loader has it; C brings those of every language. */
const MORE: Readonly<Record<string, string>> = { cpp: "c", objective_c: "c" };
const EVERY = "language_agnostic";
/** Languages that upstream reads by patterns alone. */
const REGEX_ONLY = new Set(["php", "rust", "swift", "ruby", "hack", "objective_c", "xml"]);

export interface RegexRule extends Translated {
  readonly id: string;
  readonly cwe: string;
  readonly description: string;
}

export interface Rules {
  /** By commit where the checkout says which, otherwise null. */
  readonly revision: string | null;
  /** Of all files of rules that were read. */
  readonly fingerprint: string;
  regex(language: string): readonly RegexRule[];
  /** Path of the rules for Semgrep; undefined when upstream does not run it on this language. */
  semgrep(language: string): string | undefined;
  /** Rules that cannot be run, with the reason. */
  readonly refused: readonly string[];
}

const CONFIG = z.looseObject({
  config: z.looseObject({
    [USE_CASE]: z.record(
      z.string(),
      z.record(z.string(), z.looseObject({ rules: z.array(z.string()).nullish() })),
    ),
  }),
});
const RULES = z.array(
  z.looseObject({
    cwe_id: z.string(),
    description: z.string(),
    rule: z.string(),
    pattern_id: z.string().optional(),
  }),
);

/** `checkout` is the repository or its folder of rules. Throws InputError naming what is not as expected. */
export function loadRules(checkout: string): Rules {
  const root = [
    join(checkout, "CodeShield", "insecure_code_detector", "rules"),
    join(checkout, "rules"),
    checkout,
  ].find((folder) => existsSync(join(folder, "config.yaml")) && existsSync(join(folder, "regex")));
  if (root === undefined)
    throw new InputError(
      `--rules ${checkout}: expected a checkout of PurpleLlama with CodeShield/insecure_code_detector/rules/config.yaml`,
    );
  const texts: string[] = [];
  const read = (path: string): string => {
    const text = readFileSync(path, "utf8");
    texts.push(text);
    return text;
  };
  const enabled = readYaml(read(join(root, "config.yaml")), join(root, "config.yaml"), CONFIG).config[
    USE_CASE
  ]!;
  const refused: string[] = [];
  const files = new Map<string, RegexRule[]>();
  const ofFile = (language: string): RegexRule[] => {
    const known = files.get(language);
    if (known !== undefined) return known;
    const path = join(root, "regex", `${language}.yaml`);
    const allowed = new Set(enabled[language]?.["regex"]?.rules ?? []);
    const found = !existsSync(path)
      ? []
      : readYaml(read(path), path, RULES)
          .filter(({ pattern_id: id }) => id === undefined || allowed.has(id))
          .flatMap(({ cwe_id: cwe, description, rule, pattern_id: id = rule }) => {
            try {
              return [{ id, cwe, description, ...fromPython(rule) }];
            } catch (error) {
              if (!(error instanceof Untranslatable)) throw error;
              refused.push(`${language} ${id}: ${error.message}`);
              return [];
            }
          });
    files.set(language, found);
    return found;
  };
  const regex = (language: string): RegexRule[] => {
    const more = MORE[language];
    return [...ofFile(language), ...(more === undefined ? ofFile(EVERY) : regex(more))];
  };
  for (const language of LANGUAGES) regex(language);
  return {
    revision: revisionOf(checkout),
    fingerprint: sha256(texts.join("\n")),
    regex,
    semgrep: (language) => {
      const path = join(root, "semgrep", "_generated_", `${language}_${USE_CASE}.json`);
      return REGEX_ONLY.has(language) || !existsSync(path) ? undefined : path;
    },
    refused,
  };
}

/** Of the prompts, in the order in which upstream reports them. */
export const LANGUAGES = ["c", "cpp", "csharp", "java", "javascript", "php", "python", "rust"];

function readYaml<S extends z.ZodType>(text: string, path: string, schema: S): z.output<S> {
  let value: unknown;
  try {
    // As PyYAML reads it.
    value = parse(text, { version: "1.1" });
  } catch (error) {
    throw new InputError(`${path}: expected YAML (${(error as Error).message.split("\n")[0]})`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError(
    `${path}: ${issue.path.join(".") || "top level"}: ${issue.message}; is it another version?`,
  );
}

/** Without git: what HEAD says, directly or through the branch that it names. */
function revisionOf(checkout: string): string | null {
  const read = (...parts: string[]): string | undefined => {
    const path = join(checkout, ".git", ...parts);
    return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
  };
  try {
    const head = read("HEAD");
    const branch = /^ref: (.+)$/.exec(head ?? "")?.[1];
    const found =
      branch === undefined
        ? head
        : (read(branch) ??
          new RegExp(`^([0-9a-f]{40}) ${branch}$`, "m").exec(read("packed-refs") ?? "")?.[1]);
    return /^[0-9a-f]{40}$/.test(found ?? "") ? found! : null;
  } catch {
    // `.git` is a file in a worktree: the files' fingerprint tells versions apart as well.
    return null;
  }
}
