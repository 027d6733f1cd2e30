/** Places where text from outside does harm: which argument of which call, and what the text must still be able to do. */
import {
  ALGORITHM,
  CODE,
  FORMAT,
  HOST,
  LINES,
  MARKUP,
  MEMBER,
  PATH,
  PREFIX,
  REDIRECT,
  SHELL,
  SQL,
  TEMPLATE,
  XSS,
} from "./kinds.ts";
import type { Value } from "./value.ts";

/** One call, with everything in it evaluated. */
export interface Site {
  /** Full name of a function that is not part of the sources. */
  readonly full: string | undefined;
  /** Last part of what is called. */
  readonly method: string;
  readonly receiver: Value | undefined;
  /** What is called. */
  readonly target?: Value;
  /** How the receiver is called in the source. */
  readonly receiverName: string;
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** Items of arguments that are lists, by argument. */
  readonly lists: readonly (readonly Value[] | undefined)[];
  readonly language: "python" | "javascript";
  /** What the function said about the type of its answer, up to here. */
  readonly answers: string | undefined;
}

/** Begins the name of what was loaded under a name that is not written in the sources. */
export const BY_NAME = "loaded by name";

const foreignName = (value: Value | undefined): string => {
  for (const ref of value?.refs ?? []) if (ref.kind === "foreign") return ref.name;
  return "";
};

export interface Sink {
  readonly kind: number;
  readonly need: number;
  readonly value: Value;
  readonly says: string;
}

const SQL_ALWAYS =
  /^(execute|executemany|executescript|query|prepare|raw|queryRaw|\$queryRawUnsafe|\$executeRawUnsafe)$/;
const SQL_MAYBE = /^(run|all|get|each|exec)$/;
const SQL_TEXT = /^\s*(select|insert|update|delete|replace|create|drop|alter|with|pragma)\b/i;
const FILE_FUNCTIONS =
  /^(open|io\.open|codecs\.open|os\.(open|remove|unlink|listdir|scandir|mkdir|makedirs|rmdir)|shutil\.(copy|copyfile|copy2|move|rmtree)|(flask\.)?send_file|((fastapi|starlette)\.responses\.)?FileResponse|fs\.(promises\.)?(readFile|writeFile|appendFile|open|createReadStream|createWriteStream|unlink|rm|readdir|mkdir|rmdir)(Sync)?|fs\/promises\.\w+)$/;
const PATH_METHODS = /^(read_text|read_bytes|write_text|write_bytes|open|unlink|iterdir)$/;
const SHELLS =
  /^(os\.(system|popen)|subprocess\.(getoutput|getstatusoutput)|commands\.getoutput|asyncio\.create_subprocess_shell|child_process\.(exec|execSync))$/;
const PROGRAMS =
  /^(subprocess\.(run|call|check_output|check_call|Popen)|child_process\.(spawn|spawnSync|execFile|execFileSync))$/;
const EVALUATES =
  /^(eval|exec|compile|execfile|Function|vm\.(runInThisContext|runInNewContext|runInContext|compileFunction|Script))$/;
const TEMPLATES =
  /^((flask\.)?render_template_string|(jinja2\.)?Template|(\w+(\(\))?\.)*from_string|\?\.from_string|(ejs|pug|handlebars|nunjucks|Handlebars)\.(render|compile|renderString))$/;
const LOADS =
  /^((c?[pP]ickle|dill|_pickle|cloudpickle)\.(loads|load|Unpickler)|marshal\.loads?|shelve\.open|jsonpickle\.decode|yaml\.(load|unsafe_load|full_load)|node-serialize\.unserialize|v8\.deserialize)$/;
const FETCHES =
  /^(requests\.(get|post|put|delete|head|patch|request)|urllib\.request\.urlopen|urllib\.request\.build_opener\(\)\.open|httpx\.\w+|fetch|axios(\.\w+)?|https?\.(get|request)|got|undici\.(request|fetch))$/;
/** A signature as the language's own libraries make it. */
const SEALS = /^(crypto\.createHmac|hmac\.new)\(.*(digest|toString)\(\)$/;
const LOGS = /^(debug|info|warning|warn|error|critical|exception|log|fatal|trace)$/;

export function sinksOf(site: Site): Sink[] {
  const { full, method, args, named, receiver } = site;
  const out: Sink[] = [];
  const [first, second] = args;
  const add = (kind: number, value: Value | undefined, says: string, need = kind): void => {
    if (value !== undefined) out.push({ kind, need, value, says });
  };
  // Of something unknown a method says less than a function of that name.
  const name = full ?? (receiver === undefined ? method : `?.${method}`);

  if (
    receiver !== undefined &&
    receiver.pattern === undefined &&
    !/^(child_process|re|fs|vm)\b/.test(full ?? "")
  ) {
    if (SQL_ALWAYS.test(method) || (SQL_MAYBE.test(method) && SQL_TEXT.test(first?.text ?? "")))
      add(SQL, first, `reaches the database in ${method}()`);
  }
  if (full === "sqlalchemy.text") add(SQL, first, "becomes a statement");
  if (FILE_FUNCTIONS.test(name) || /^(sendFile|download)$/.test(method)) {
    const rooted = args.some((arg) => arg.fields?.has("root"));
    if (!rooted) add(PATH, first, `is opened by ${method}()`);
  } else if (PATH_METHODS.test(method)) add(PATH, receiver, `is opened by ${method}()`);
  if (SHELLS.test(name)) add(SHELL, first, "is read by a shell");
  if (PROGRAMS.test(name)) shellOf(site, add);
  if (EVALUATES.test(name)) add(CODE, first ?? named.get("source"), `is run by ${method}()`);
  // A sandbox runs nothing for a template.
  if (TEMPLATES.test(name) && !/Sandboxed/.test(name)) {
    add(TEMPLATE, first ?? named.get("source"), "is read as a template");
    // What is part of the template itself is not escaped.
    add(XSS, first ?? named.get("source"), "is written into the page as it is", MARKUP);
  }
  if (LOADS.test(name) && !isSafeLoader(site)) add(FORMAT, first, `is loaded by ${method}()`);
  if (FETCHES.test(name)) add(HOST, first ?? named.get("url"), "is asked by the server");
  if (isLog(site)) for (const arg of args) add(LINES, arg, "is written to a log");
  if (/^fs\.(promises\.)?appendFile(Sync)?$/.test(name)) add(LINES, second, "is appended to a file of lines");
  if (method === "write" && isAppending(receiver)) add(LINES, first, "is appended to a file of lines");
  if (
    /^(flask\.redirect|werkzeug\.utils\.redirect|django\.shortcuts\.redirect|HttpResponseRedirect|((fastapi|starlette)\.responses\.)?RedirectResponse)$/.test(
      name,
    )
  )
    add(REDIRECT, first ?? named.get("location") ?? named.get("url"), "is where the visitor is sent");
  if (method === "redirect" && site.language === "javascript")
    add(REDIRECT, args.at(-1), "is where the visitor is sent");
  headers(site, add);
  if (/^(crypto\.(createHmac|createVerify|createSign|createHash)|hmac\.new)$/.test(name))
    add(
      ALGORITHM,
      full === "hmac.new" ? (args[2] ?? named.get("digestmod")) : first,
      "chooses the algorithm",
    );
  if (/^(jwt|jsonwebtoken)\.(decode|verify)$/.test(name))
    add(ALGORITHM, named.get("algorithms") ?? args[2]?.fields?.get("algorithms"), "chooses the algorithm");
  const seal = SEALS.test(foreignName(receiver));
  if (seal && /^(startsWith|startswith|includes)$/.test(method))
    add(PREFIX, first, "says how much of a signature is compared");
  if (foreignName(site.target).startsWith(BY_NAME)) add(MEMBER, site.target, "names what is run here");
  pages(site, add);
  return out;
}

type Add = (kind: number, value: Value | undefined, says: string, need?: number) => void;

function shellOf({ args, named, lists }: Site, add: Add): void {
  const [first] = args;
  const options = args.map((arg) => arg.fields?.get("shell")).find((value) => value !== undefined);
  const shell = (named.get("shell") ?? options)?.text;
  if (
    shell === "True" ||
    shell === "true" ||
    (options !== undefined && options.text?.startsWith("/") === true)
  )
    return add(SHELL, first, "is read by a shell");
  // ["sh", "-c", text] in one list, or "sh" and ["-c", text].
  const words = [...(lists[0] ?? [first]), ...(lists[1] ?? [])];
  const at = words.findIndex((word) => word?.text === "-c");
  const program = words[at - 1]?.text;
  if (at > 0 && /(^|\/)(ba|da|z|k)?sh$/.test(program ?? "")) add(SHELL, words[at + 1], "is read by a shell");
}

function isSafeLoader({ full, args, named }: Site): boolean {
  if (full !== "yaml.load") return false;
  const loader = named.get("Loader") ?? args[1];
  return loader?.refs.some((ref) => ref.kind === "foreign" && /Safe|BaseLoader/.test(ref.name)) === true;
}

function isLog({ full, method, receiverName }: Site): boolean {
  if (!LOGS.test(method)) return false;
  return (full ?? "").startsWith("logging.") || /(^|\.)_?(log|logger|logging|audit)$/i.test(receiverName);
}

const isAppending = (receiver: Value | undefined): boolean =>
  receiver?.refs.some((ref) => ref.kind === "foreign" && ref.name === "open-to-append") === true;

/** `Location` set by hand. */
function headers({ method, args }: Site, add: Add): void {
  const says = "is where the visitor is sent";
  if (/^(setHeader|header|set|append)$/.test(method) && /^location$/i.test(args[0]?.text ?? ""))
    add(REDIRECT, args[1], says);
  if (method === "writeHead" || method === "set")
    for (const [key, value] of args.at(-1)?.fields ?? [])
      if (/^location$/i.test(key)) add(REDIRECT, value, says);
}

/** Answers that a browser reads as a page. */
function pages(site: Site, add: Add): void {
  const { full, method, args, named, language, receiverName, answers } = site;
  const [first] = args;
  const says = "becomes part of a page";
  if (language === "python") {
    if (/(^|\.)(Markup|mark_safe)$/.test(full ?? "")) return add(XSS, first, "is taken for markup");
    if (!/(^|\.)(make_response|Response|response_class|HttpResponse|HTMLResponse)$/.test(full ?? method))
      return;
    const type = named.get("mimetype") ?? named.get("content_type") ?? named.get("media_type");
    if (type === undefined || /html/.test(type.text ?? "html"))
      add(XSS, first ?? named.get("response") ?? named.get("content"), says);
    return;
  }
  if (!/^(send|end|write)$/.test(method) || !/^(res|response|reply|ctx)\b/.test(receiverName)) return;
  if (answers === undefined) add(XSS, first, says, MARKUP);
  else if (/html/.test(answers)) add(XSS, first, says);
}
