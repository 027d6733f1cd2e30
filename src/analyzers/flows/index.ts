/** Flows: what a request can reach in applications of Python and JavaScript, across functions and files. */
import type { Files } from "../../core/index.ts";
import { parserOf, parseWithin } from "../grammars.ts";
import { readTree } from "./tree.ts";
import type { Analyzer, Finding, TraceStep } from "../types.ts";
import { settingsOf } from "./settings.ts";
import { CODE, FORMAT, HOST, KINDS, LINES, REDIRECT, XSS } from "./kinds.ts";
import { Program, type Lost } from "./link.ts";
import type { Module, Place } from "./program.ts";
import { readJavaScriptModule } from "./read-javascript.ts";
import { readPythonModule } from "./read-python.ts";
import { readTemplate, type Template } from "./templates.ts";
import { SECONDS_PER_FILE, timeLimit } from "./time-limit.ts";
import type { Taint } from "./value.ts";

const MAX_CHARACTERS = 1024 * 1024;
const TEMPLATE_FILE = /\.(html?|jinja2?|j2|ejs)$/;
/** What is there is the mistake; for everything else it is where the text was put together. */
const AT_THE_END = new Set([CODE, FORMAT, REDIRECT]);
/** Harmless in more programs than the others. */
const LESS_SURE = new Set([REDIRECT, LINES, HOST]);

/**
 * Reads all files of a scan as one program. Runs nothing. A file that is too deep to follow, or that takes longer than
 * `secondsPerFile` of processor time, is `unreadable`: what was found in it up to there counts.
 */
export function createFlowAnalyzer({ secondsPerFile = SECONDS_PER_FILE } = {}): Analyzer {
  return {
    name: "flows",
    async scan(files: Files): Promise<readonly Finding[]> {
      const modules: Module[] = [];
      const templates = new Map<string, Template>();
      const found = new Map<string, Finding>();
      // Of Jinja's environment; for what is no part of Flask, off is how it comes.
      const escaping = !Object.values(files).some((text) => /\bautoescape\s*=\s*False\b/.test(text));
      const lost: Lost = ({ file, line }, why) => {
        const message =
          why === "depth"
            ? "This part nests too deep to be followed."
            : `Following this file was given up after ${secondsPerFile} s: what else reaches it is not known.`;
        found.set(`unreadable ${file}`, {
          rule: "unreadable",
          cwe: "",
          severity: "HIGH",
          confidence: "HIGH",
          file,
          line,
          message,
        });
      };
      for (const [file, text] of Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        if (TEMPLATE_FILE.test(file)) templates.set(file, readTemplate(file, text, escaping));
        const language = file.endsWith(".py") ? "python" : /\.[cm]?js$/.test(file) ? "javascript" : undefined;
        if (language === undefined || text.length > MAX_CHARACTERS) continue;
        const tree = parseWithin(await parserOf(language), text, secondsPerFile);
        if (tree === undefined) {
          lost({ file, line: 1 }, "time");
          continue;
        }
        try {
          const root = readTree(tree, text);
          const module =
            language === "python" ? readPythonModule(file, root) : readJavaScriptModule(file, root);
          modules.push(module);
          for (const finding of settingsOf(module))
            found.set(`${finding.rule} ${file} ${finding.line}`, finding);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          lost({ file, line: 1 }, "depth");
        } finally {
          tree.delete();
        }
      }
      new Program(modules, templates, timeLimit(secondsPerFile)).run((kind, place, way, taint) => {
        const finding = findingOf(kind, place, way, taint);
        const key = `${finding.rule} ${finding.file} ${finding.line}`;
        if (!found.has(key)) found.set(key, finding);
      }, lost);
      return [...found.values()];
    },
    close: async () => {},
  };
}

function findingOf(kind: number, place: Place, way: Taint["way"], taint: Taint): Finding {
  const { rule, cwe, severity, message } = KINDS.get(kind)!;
  const built = kind === XSS ? (taint.builtMarkup ?? taint.built) : taint.built;
  const { file, line } = AT_THE_END.has(kind) ? place : (built ?? place);
  const trace: TraceStep[] = [];
  for (let at: Taint["way"] | undefined = way; at !== undefined; at = at.before)
    trace.unshift({ file: at.file, line: at.line, says: at.says });
  return {
    rule,
    cwe,
    severity,
    confidence: LESS_SURE.has(kind) ? "MEDIUM" : "HIGH",
    file,
    line,
    message,
    trace,
  };
}
