/** Calls of the language and of libraries that do something to a text that is known exactly. */
import { HOLE, joined } from "./joins.ts";
import { ALL, PATH, ROOT, UP } from "./kinds.ts";
import { OwnCalls } from "./own-calls.ts";
import { pathOf, type Expr, type Place } from "./program.ts";
import { interleaved } from "./read-python-expressions.ts";
import { groupsIn, isEverySign, outsideOfPattern, signsOf } from "./patterns.ts";
import { leftWithout, leftWithoutText } from "./sanitizers.ts";
import { BY_NAME } from "./sinks.ts";
import { BARE, masked, merge, NOTHING, step, textOf, type Value } from "./value.ts";

export abstract class LibraryCalls extends OwnCalls {
  /** Undefined for a call of which nothing is known here. */
  protected special(
    expr: Extract<Expr, { kind: "call" }>,
    full: string | undefined,
    method: string,
    receiver: Value | undefined,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
  ): Value | undefined {
    const [first, second] = args;
    if (
      /^(Set|set|frozenset|tuple|list|Map|sorted|Object\.freeze)$/.test(full ?? "") &&
      first !== undefined
    ) {
      const [object] = expr.args;
      if (full === "Object.freeze" && object?.kind === "member" && object.name === "prototype")
        this.program.frozen = true;
      return { ...textOf(first), members: first.members, fields: first.fields };
    }
    if (/^(require|__import__|(importlib\.)?import_module)$/.test(full ?? "") && first?.text === undefined)
      return { ...textOf(first ?? NOTHING), refs: [{ kind: "foreign", name: BY_NAME }] };
    if (full === "getattr" && second !== undefined && second.text === undefined)
      return {
        ...textOf(merge(second, named.get("name") ?? NOTHING)),
        refs: [{ kind: "foreign", name: BY_NAME }],
      };
    if (full === "require" && first?.text !== undefined)
      return this.program.imported(this.module, first.text, undefined, "");
    if (method === "format" && receiver?.text !== undefined && !receiver.text.includes(HOLE)) {
      const values = [...expr.args, ...expr.named.map(({ value }) => value)];
      return this.expr(interleaved(expr, receiver.text.split(/\{[^{}]*\}/), values));
    }
    if (method === "__mod__" || (method === "format" && isMarkup(receiver))) {
      if (isMarkup(receiver)) return receiver;
      return joined([receiver ?? NOTHING, ...args], expr);
    }
    if (method === "join" && expr.callee.kind === "member" && expr.callee.object.kind === "list") {
      const [head] = expr.callee.object.items;
      const rooted = head !== undefined && this.isClean(this.expr(head));
      return masked(textOf(receiver ?? NOTHING), rooted ? ALL & ~ROOT : ALL);
    }
    if (/^(split|splitlines)$/.test(method) && receiver !== undefined)
      return this.cut(receiver, method === "splitlines" ? "\n" : first);
    if (method === "join" && receiver?.text !== undefined)
      return { ...textOf(first ?? NOTHING), text: first?.text };
    if (method === "get" && receiver !== undefined) return merge(textOf(receiver), second ?? NOTHING);
    if (named.get("type")?.refs.some((ref) => ref.kind === "foreign" && /^(int|float)$/.test(ref.name)))
      return NOTHING;
    if (method === "concat" && receiver !== undefined) return joined([receiver, ...args], expr);
    if (
      /^(os\.path\.join|path\.(posix\.)?join|path\.(posix\.)?resolve)$/.test(full ?? "") ||
      method === "joinpath"
    ) {
      const parts = method === "joinpath" ? [receiver ?? NOTHING, ...args] : args;
      return this.path(parts, expr, (full ?? "").startsWith("path."), (full ?? "").endsWith("resolve"));
    }
    if (/^(pathlib\.)?(Path|PurePath|PurePosixPath)$/.test(full ?? ""))
      return {
        ...merge(...(args.length === 0 ? [NOTHING] : args.map(textOf))),
        refs: [{ kind: "foreign", name: "path" }],
      };
    if (
      /^os\.path\.(realpath|abspath|normpath)$|^path\.(posix\.)?normalize$|^fs\.(promises\.)?realpath(Sync)?$/.test(
        full ?? "",
      )
    )
      // From the root no way leads further up.
      return {
        ...masked(textOf(first ?? NOTHING), first?.text?.startsWith("/") === true ? ALL & ~UP : ALL),
        resolved: true,
      };
    if (full === "Object.create" && first?.text === "null")
      return { taints: new Map(), refs: [{ kind: "foreign", name: BARE }] };
    if (method === "exec" && receiver?.pattern !== undefined)
      return groupsOf(receiver.pattern.text, textOf(first ?? NOTHING));
    if (method === "match" && receiver !== undefined && first?.pattern?.flags.includes("g") === false)
      return groupsOf(first.pattern.text, textOf(receiver));
    if (/^(re\.)?(match|fullmatch|search)$/.test(full ?? "") && first?.text !== undefined)
      return groupsOf(first.text, textOf(second ?? NOTHING));
    if (/^(match|fullmatch|search)$/.test(method) && receiver?.pattern !== undefined)
      return groupsOf(receiver.pattern.text, textOf(first ?? NOTHING));
    if (method === "group" && first?.text !== undefined && receiver?.fields !== undefined)
      return receiver.fields.get(first.text) ?? textOf(receiver);
    if (
      (method === "resolve" || method === "absolute") &&
      receiver !== undefined &&
      args.length === 0 &&
      full?.startsWith("Promise") !== true
    )
      return { ...textOf(receiver), refs: receiver.refs, resolved: true };
    if (/^path\.relative$|^os\.path\.relpath$/.test(full ?? "")) {
      const [, to] = expr.args;
      const subject = full === "path.relative" ? to : expr.args[0];
      return {
        ...textOf(this.expr(subject ?? expr.callee)),
        relativeOf: subject === undefined ? undefined : pathOf(subject),
      };
    }
    if (/^urllib\.request\.Request$/.test(full ?? "")) return textOf(first ?? NOTHING);
    if (/^urllib\.parse\.(urlsplit|urlparse)$/.test(full ?? ""))
      return {
        ...textOf(first ?? NOTHING),
        relativeOf: expr.args[0] === undefined ? undefined : pathOf(expr.args[0]),
      };
    if (full === "URL")
      return {
        ...textOf(merge(NOTHING, ...args)),
        relativeOf: expr.args[0] === undefined ? undefined : pathOf(expr.args[0]),
      };
    if (/^re\.compile$|^RegExp$/.test(full ?? ""))
      return {
        ...NOTHING,
        pattern:
          first?.text === undefined ? undefined : { text: first.text, flags: full === "RegExp" ? "js" : "" },
      };
    if (/^(sub|subn|replace|replaceAll)$/.test(method)) return this.replaced(full, method, receiver, args);
    if (
      /^(execute|executemany|executescript|query|prepare|fetchall|fetchone|readFile|readFileSync|read_text|read_bytes|read|all)$/.test(
        method,
      ) ||
      /^(readdir|readdirSync|listdir|scandir|iterdir|glob|rglob)$/.test(method) ||
      /^(fetch|requests\.\w+|httpx\.\w+|urllib\.request\.urlopen)$/.test(full ?? "")
    )
      return { taints: new Map(), refs: [] };
    if (/^(open|io\.open)$|^fs\.createWriteStream$/.test(full ?? "")) {
      const mode = second?.text ?? named.get("mode")?.text ?? second?.fields?.get("flags")?.text ?? "";
      return {
        taints: new Map(),
        refs: [{ kind: "foreign", name: mode.startsWith("a") ? "open-to-append" : "file" }],
      };
    }
    if (
      /^(flask\.)?(render_template|render_template_string|send_file|send_from_directory|redirect|make_response|Response)$|(^|\.)(HTML|PlainText|JSON|File|Redirect|Streaming)?Response$/.test(
        full ?? "",
      )
    )
      return { taints: new Map(), refs: [{ kind: "foreign", name: "response" }] };
    if (/(^|\.)Markup$/.test(full ?? ""))
      return { ...textOf(first ?? NOTHING), text: first?.text, refs: [{ kind: "foreign", name: "markup" }] };
    return undefined;
  }

  /** Parts of a text hold nothing of what it was cut at; a path put together again is as long as it was. */
  private cut(whole: Value, at: Value | string | undefined): Value {
    const text = typeof at === "string" ? at : (at?.pattern?.text ?? at?.text);
    const signs = text === undefined ? undefined : signsOf(text);
    const left = signs === undefined ? ALL : leftWithout(signs, undefined) | PATH;
    return masked(textOf(whole), left);
  }

  /** A path put together: what stands first decides where an absolute part leads. */
  protected path(parts: readonly Value[], place: Place, posixJoin: boolean, resolves: boolean): Value {
    const [head = NOTHING, ...rest] = parts;
    const kept = posixJoin && !resolves ? ALL & ~ROOT : ALL;
    const built = rest.map((part) => {
      const value = masked(textOf(part), kept);
      const taints = new Map(
        [...value.taints].map(([label, taint]) => [
          label,
          { ...taint, built: taint.built ?? place, way: step(place, "becomes part of a path", taint.way) },
        ]),
      );
      return { taints, refs: [] };
    });
    const whole = merge(textOf(head), ...built);
    // Behind a part that is not constant an absolute part is still one, and dots are still dots.
    return { ...whole, refs: [{ kind: "foreign", name: "path" }], resolved: resolves };
  }

  protected replaced(
    full: string | undefined,
    method: string,
    receiver: Value | undefined,
    args: readonly Value[],
  ): Value {
    const isModule = full === "re.sub" || full === "re.subn";
    const isPattern = receiver?.pattern !== undefined && method.startsWith("sub");
    const pattern = isModule ? args[0] : isPattern ? receiver : args[0];
    const replacement = isModule ? args[1] : isPattern ? args[0] : args[1];
    const subject = isModule ? args[2] : isPattern ? args[1] : receiver;
    const base = textOf(subject ?? NOTHING);
    const mixed = merge(
      base,
      textOf(replacement ?? NOTHING),
      ...(replacement?.refs ?? []).flatMap((ref) =>
        ref.kind === "function" ? [this.apply(ref.of, [base], new Map(), ref.of.node)] : [],
      ),
    );
    const source = pattern?.pattern?.text ?? (isModule ? pattern?.text : undefined);
    const flags = pattern?.pattern?.flags ?? "";
    const python = this.module.module.language === "python";
    // JavaScript replaces one occurrence unless it is told otherwise.
    const all = python || method === "replaceAll" || flags.includes("g");
    const plain = source === undefined ? pattern?.text : undefined;
    if (all && plain !== undefined) return masked(mixed, leftWithoutText(plain, replacement?.text));
    const signs = source === undefined ? undefined : signsOf(source);
    if (!all || signs === undefined) return mixed;
    return isEverySign(signs) && replacement?.text !== undefined && replacement.text.length < 2
      ? NOTHING
      : masked(mixed, leftWithout(signs, replacement?.text));
  }
}

const isMarkup = (value: Value | undefined): value is Value =>
  value?.refs.some((ref) => ref.kind === "foreign" && ref.name === "markup") === true;

/** What a match gives back: the whole, and each group with what its own pattern lets through. */
function groupsOf(pattern: string, subject: Value): Value {
  const groups = groupsIn(pattern).map(({ name, text }, index): [string, Value] => [
    name ?? String(index + 1),
    masked(subject, ALL & ~outsideOfPattern(text)),
  ]);
  return { taints: new Map(), refs: [], fields: new Map([["0", subject], ...groups]) };
}
