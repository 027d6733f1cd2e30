/**
 * Follows a line of Python character by character and knows what may come next: enough of the language's grammar that
 * what is written ends as statements that parse. Rarer syntax (comments, lambdas, annotations, triple quotes, several
 * statements in a line) is refused rather than understood.
 */

const INFIX = ["and", "or", "in", "is", "not", "if", "else", "for", "as", "import"];
const HEADERS = ["if", "elif", "while", "for", "with", "except", "class", "def", "try", "else", "finally"];
const COMPLETE = ["pass", "break", "continue"];
const LEADING = [
  "return",
  "raise",
  "del",
  "assert",
  "global",
  "nonlocal",
  "import",
  "from",
  ...HEADERS,
  ...COMPLETE,
];
const OTHER = ["lambda", "yield", "await", "async"];
export const KEYWORDS: ReadonlySet<string> = new Set([...INFIX, ...LEADING, ...OTHER]);

/**
 * What the next character may begin.
 * indent: spaces before a statement. operand, optional: a value has to, or may, come. operator: a value has ended.
 * word, number: inside one. dot: a name has to follow. op: an operator's first character was read. equals: a single
 * `=`, which a second one would make a comparison. exclaim: only `=` may follow. end: the statement is over; a header
 * then has a block.
 */
type Mode =
  | "indent" | "operand" | "optional" | "operator" | "word" | "number"
  | "dot" | "op" | "equals" | "exclaim" | "end"; // prettier-ignore

/** What ended before mode `operator`, because not every value can be called or assigned to. */
type Ended = "name" | "literal" | "group";

/**
 * Open constructs, innermost last. Brackets: ( grouping, c call without keywords so far, k inside a keyword argument,
 * K after one, d parameters of a definition, e inside a default, [ list, s subscript, { display of either kind, S set,
 * v value of a dictionary, y key of one. Others: ? a conditional that awaits `else`, i a loop that awaits `in`, f the
 * rest of a comprehension.
 */
const CLOSES: Readonly<Record<string, string>> = { ")": "(ckKde", "]": "[s", "}": "{Svy" };
const OPENS = "(ckKde[s{Svy";

export class PythonLine {
  /** Spaces before the original line: where statements have to stand. */
  readonly base: number;
  #mode: Mode = "indent";
  #stack = "";
  #quote = "";
  #escaped = false;
  /** Brackets inside the open string, for the expressions of f-strings. */
  #inner = "";
  /** The open string is an f-string. */
  #format = false;
  #word = "";
  /** Where the word, number or operator stands: what it may be depends on it. */
  #before: Mode = "indent";
  #ended: Ended = "name";
  #kind: "simple" | "header" | "def" | "import" | "from" | "names" | "with" = "simple";
  #op = "";
  /** Nothing but names, attributes and subscripts so far: `=` would assign. */
  #assignable = true;
  /** An argument or parameter begins here; `#named`: it is one plain name so far. */
  #argument = false;
  #named = false;
  /** The word `not` stood where only `not in` can follow. */
  #notIn = false;
  #indent = 0;
  #header = false;
  #last = 0;

  constructor(base: number) {
    this.base = base;
    this.#last = base;
  }

  clone(): PythonLine {
    const copy = new PythonLine(this.base);
    copy.#mode = this.#mode;
    copy.#stack = this.#stack;
    copy.#quote = this.#quote;
    copy.#escaped = this.#escaped;
    copy.#inner = this.#inner;
    copy.#format = this.#format;
    copy.#word = this.#word;
    copy.#before = this.#before;
    copy.#ended = this.#ended;
    copy.#kind = this.#kind;
    copy.#op = this.#op;
    copy.#assignable = this.#assignable;
    copy.#argument = this.#argument;
    copy.#named = this.#named;
    copy.#notIn = this.#notIn;
    copy.#indent = this.#indent;
    copy.#header = this.#header;
    copy.#last = this.#last;
    return copy;
  }

  /** Equal keys: the same may follow. */
  get key(): string {
    const flags = [
      this.#escaped,
      this.#format,
      this.#assignable,
      this.#argument,
      this.#named,
      this.#notIn,
      this.#header,
    ];
    const bits = flags.map(Number).join("");
    const { base } = this;
    return [base, this.#mode, this.#stack, this.#quote, this.#inner, this.#word, this.#before, this.#ended, this.#kind, this.#op, bits, this.#indent, this.#last].join("\u0001"); // prettier-ignore
  }

  /** False when the text cannot follow; the line is then of no further use. */
  write(text: string): boolean {
    for (const char of text) if (!this.#char(char)) return false;
    return true;
  }

  /**
   * The name or keyword that is being written can still become one that may stand here. `has` tells whether a word can
   * be written at all, `hasName` whether the letters can begin or be a word that is no keyword.
   */
  canEndWord(has: (word: string) => boolean, hasName: (letters: string) => boolean): boolean {
    const word = this.#word;
    if (this.#mode !== "word") return true;
    if (this.#before !== "operator" && (!/^[A-Za-z]*$/.test(word) || hasName(word))) return true;
    return [...KEYWORDS].some((keyword) => keyword.startsWith(word) && has(keyword) && this.#mayBe(keyword));
  }

  #mayBe(keyword: string): boolean {
    const probe = this.clone();
    probe.#word = keyword;
    return probe.#endWord();
  }

  /** Ends the line here. Undefined when it is not whole; else whether a block has to follow, and at which depth it stands. */
  finish(): { readonly header: boolean; readonly indent: number } | undefined {
    const probe = this.clone();
    if (!probe.#newline()) return undefined;
    return { header: probe.#header, indent: probe.#last };
  }

  #char(char: string): boolean {
    if (this.#quote !== "") return this.#inString(char);
    switch (this.#mode) {
      case "word":
        if (/[A-Za-z0-9_]/.test(char)) {
          this.#word += char;
          return true;
        }
        if (
          (char === '"' || char === "'") &&
          this.#before !== "operator" &&
          /^[fFrRbBuU]{1,2}$/.test(this.#word)
        )
          return this.#beginString(char);
        if (!this.#endWord()) return false;
        return this.#char(char);
      case "number":
        if (/[0-9.]/.test(char)) return true;
        if (/[A-Za-z_]/.test(char)) return false;
        this.#value("literal");
        return this.#char(char);
      case "op": {
        const [first] = this.#op;
        if (char === "=" && "+-*/%|&".includes(first!) && this.#augments()) return this.#enter("operand");
        if (char === "=" && "<>".includes(first!)) return this.#enter("operand");
        if (char === first && "/*<>".includes(char)) return this.#enter("operand");
        this.#mode = "operand";
        return this.#char(char);
      }
      case "equals":
        if (char === "=") return this.#binary();
        return this.#assign() && this.#char(char);
      case "exclaim":
        return char === "=" && this.#binary();
      case "indent":
        return this.#atIndent(char);
      case "dot":
        return /[A-Za-z_]/.test(char) && this.#beginWord(char, "dot");
      default:
    }
    if (char === " ") return true;
    if (char === "\n") return this.#newline();
    if (this.#notIn && char !== "i") return false;
    switch (this.#mode) {
      case "operand":
      case "optional":
        return this.#atOperand(char);
      case "operator":
        return this.#atOperator(char);
      default:
        return false;
    }
  }

  #enter(mode: Mode): true {
    this.#mode = mode;
    return true;
  }

  #value(ended: Ended): true {
    this.#ended = ended;
    return this.#enter("operator");
  }

  #binary(): true {
    if (this.#depth() === 0) this.#assignable = false;
    this.#named = false;
    return this.#enter("operand");
  }

  #depth(): number {
    return this.#stack.length;
  }

  #top(): string {
    return this.#stack.at(-1) ?? "";
  }

  #setTop(symbol: string): void {
    this.#stack = this.#stack.slice(0, -1) + symbol;
  }

  #inString(char: string): boolean {
    if (char === "\n") return false;
    if (this.#escaped) this.#escaped = false;
    else if (char === "\\") this.#escaped = true;
    else if (char === this.#quote) {
      if (this.#format && this.#inner !== "") return false;
      this.#quote = this.#inner = "";
      return this.#value("literal");
    } else if (char === "(" || char === "[" || char === "{") this.#inner += char;
    else if (this.#inner !== "" && ")]}"["([{".indexOf(this.#inner.at(-1)!)] === char)
      this.#inner = this.#inner.slice(0, -1);
    return true;
  }

  #beginString(quote: string): boolean {
    if (this.#depth() === 0) this.#assignable = false;
    if (!this.#beginArgument(false)) return false;
    this.#quote = quote;
    this.#format = /[fF]/.test(this.#word);
    this.#word = "";
    return this.#enter("operand");
  }

  #beginWord(char: string, before: Mode): true {
    this.#word = char;
    this.#before = before;
    return this.#enter("word");
  }

  /** Notes how an argument begins; parameters are names. */
  #beginArgument(name: boolean): boolean {
    if (this.#argument && this.#top() === "d" && !name) return false;
    this.#named = this.#argument && name;
    this.#argument = false;
    return true;
  }

  #atIndent(char: string): boolean {
    const deepest = this.#header ? this.#last + 4 : this.#last;
    if (char === " ") return ++this.#indent <= Math.max(deepest, this.base);
    const fits = this.#header
      ? this.#indent === deepest
      : this.#indent === this.#last || this.#indent === this.base;
    if (!fits) return false;
    this.#last = this.#indent;
    this.#header = false;
    this.#kind = "simple";
    this.#assignable = true;
    if (/[A-Za-z_]/.test(char)) return this.#beginWord(char, "indent");
    this.#mode = "operand";
    this.#assignable = false;
    if (char === "@") return true;
    return char !== "*" && this.#atOperand(char);
  }

  #newline(): boolean {
    if (this.#mode === "word" && !this.#endWord()) return false;
    if (this.#mode === "number") this.#value("literal");
    if (this.#quote !== "" || this.#depth() > 0 || this.#notIn) return false;
    const over = this.#mode === "end" || ((this.#mode === "operator" || this.#mode === "optional") && (this.#kind === "simple" || this.#kind === "import" || this.#kind === "names")); // prettier-ignore
    if (!over) return false;
    this.#indent = 0;
    return this.#enter("indent");
  }

  #atOperand(char: string): boolean {
    if (/[A-Za-z_]/.test(char)) return this.#beginArgument(true) && this.#beginWord(char, "operand");
    if (this.#kind === "import" || this.#kind === "from" || this.#kind === "names") return false;
    if (this.#kind === "def" && this.#depth() === 0) return false;
    if (char === "'" || char === '"') return this.#beginString(char);
    if (this.#mode === "optional" && ")]}".includes(char)) return this.#close(char, true);
    if (char === "*" && this.#argument) return true;
    if (char === ":" && this.#top() === "s") return this.#enter("optional");
    if (!this.#beginArgument(false)) return false;
    if (this.#depth() === 0) this.#assignable = false;
    if (/[0-9]/.test(char)) return this.#enter("number");
    if (char === "-") return this.#enter("operand");
    if ("([{".includes(char)) {
      this.#stack += char;
      return this.#enter("optional");
    }
    return false;
  }

  #atOperator(char: string): boolean {
    if (/[A-Za-z]/.test(char)) return this.#beginWord(char, "operator");
    if (char === ",") return this.#comma();
    if (this.#kind === "import" || this.#kind === "from") return char === "." && this.#enter("dot");
    if (this.#kind === "names") return false;
    if (this.#top() === "d" && !"=)".includes(char)) return false;
    if (this.#kind === "def" && this.#depth() === 0 && char !== (this.#ended === "name" ? "(" : ":"))
      return false;
    if (char === ".") {
      this.#named = false;
      return this.#enter("dot");
    }
    if (char === "(") return this.#open(this.#kind === "def" && this.#depth() === 0 ? "d" : "c");
    if (char === "[") return this.#open("s");
    if (")]}".includes(char)) return this.#close(char, false);
    if (char === ":") return this.#colon();
    if (char === "=") return this.#enter("equals");
    if (char === "!") return this.#enter("exclaim");
    if (!"+-*/%|&<>^".includes(char)) return false;
    this.#op = char;
    this.#named = false;
    if (this.#augments()) return this.#enter("op");
    this.#binary();
    return this.#enter("op");
  }

  #augments(): boolean {
    return this.#depth() === 0 && this.#assignable && this.#kind === "simple";
  }

  /** A call or a subscript of what has just ended. */
  #open(symbol: "c" | "d" | "s"): boolean {
    if (symbol === "c" && this.#ended === "literal") return false;
    if (symbol === "c" && this.#depth() === 0) this.#assignable = false;
    this.#named = false;
    this.#stack += symbol;
    this.#argument = symbol !== "s";
    return this.#enter(symbol === "s" ? "operand" : "optional");
  }

  #close(bracket: string, empty: boolean): boolean {
    if (this.#top() === "f") this.#stack = this.#stack.slice(0, -1);
    const top = this.#top();
    if (top === "" || !CLOSES[bracket]!.includes(top)) return false;
    if ((top === "K" || top === "y") && !empty) return false;
    this.#stack = this.#stack.slice(0, -1);
    this.#argument = this.#named = false;
    return this.#value(top === "{" || "Svy".includes(top) ? "literal" : top === "s" ? "name" : "group");
  }

  #comma(): boolean {
    const top = this.#top();
    this.#named = false;
    if (top === "") {
      if (this.#kind === "header" || this.#kind === "def" || this.#kind === "from") return false;
      // Only names and plain values in a row: `return "no", 400`.
      return this.#enter(this.#kind === "simple" ? "optional" : "operand");
    }
    if (!OPENS.includes(top) || top === "K" || top === "y") return false;
    if (top === "k") this.#setTop("K");
    else if (top === "v") this.#setTop("y");
    else if (top === "{") this.#setTop("S");
    else if (top === "e") this.#setTop("d");
    this.#argument = "ckKde".includes(top);
    return this.#enter("optional");
  }

  #colon(): boolean {
    const top = this.#top();
    this.#named = false;
    if (top === "{" || top === "y") {
      this.#setTop("v");
      return this.#enter("operand");
    }
    if (top === "s") return this.#enter("optional");
    const opens = this.#kind === "header" || this.#kind === "def" || this.#kind === "with";
    if (top !== "" || !opens) return false;
    this.#header = true;
    return this.#enter("end");
  }

  /** A single `=`: of an assignment, a keyword argument or a default. */
  #assign(): boolean {
    const top = this.#top();
    if (top === "") {
      if (!this.#assignable || this.#kind !== "simple" || this.#ended !== "name") return false;
      this.#assignable = false;
    } else if (this.#named && "cK".includes(top)) this.#setTop("k");
    else if (this.#named && top === "d") this.#setTop("e");
    else return false;
    this.#named = false;
    return this.#enter("operand");
  }

  #endWord(): boolean {
    const word = this.#word;
    const before = this.#before;
    this.#word = "";
    if (before === "dot") return !KEYWORDS.has(word) && this.#value("name");
    if (before === "operator") return this.#infix(word);
    if (before === "indent") return this.#statement(word);
    if (word === "not") {
      if (this.#kind !== "simple" && this.#kind !== "header") return false;
      if (this.#depth() === 0) this.#assignable = false;
      this.#named = false;
      return this.#enter("operand");
    }
    return !KEYWORDS.has(word) && this.#value("name");
  }

  #infix(word: string): boolean {
    const { top, kind } = { top: this.#top(), kind: this.#kind };
    this.#named = false;
    if (kind === "from") {
      if (word !== "import") return false;
      this.#kind = "names";
      return this.#enter("operand");
    }
    if (word === "as") return (kind === "import" || kind === "names" || kind === "with") && this.#depth() === 0 && this.#enter("operand"); // prettier-ignore
    if (kind === "import" || kind === "names" || top === "d" || (kind === "def" && top === "")) return false;
    if (this.#notIn) {
      this.#notIn = false;
      return word === "in" && this.#binary();
    }
    switch (word) {
      case "and":
      case "or":
      case "is":
        return top !== "i" && this.#binary();
      case "in":
        if (top === "i") this.#setTop(this.#depth() === 1 ? "" : "f");
        return this.#binary();
      case "not":
        if (top === "i") return false;
        this.#notIn = true;
        return this.#enter("operator");
      case "if":
        if (top === "i") return false;
        if (top !== "f") this.#stack += "?";
        return this.#binary();
      case "else":
        if (top !== "?") return false;
        this.#stack = this.#stack.slice(0, -1);
        return this.#binary();
      case "for":
        if (top === "f") this.#setTop("i");
        else if (top !== "" && "(c[{v".includes(top)) this.#stack += "i";
        else return false;
        return this.#enter("operand");
      default:
        return false;
    }
  }

  #statement(word: string): boolean {
    if (COMPLETE.includes(word)) return this.#enter("end");
    if (!KEYWORDS.has(word)) return this.#value("name");
    this.#assignable = false;
    if (word === "import" || word === "from") this.#kind = word;
    else if (word === "def") this.#kind = "def";
    else if (word === "with" || word === "except") this.#kind = "with";
    else if (HEADERS.includes(word)) this.#kind = "header";
    else if (word === "return" || word === "raise") return this.#enter("optional");
    else if (!LEADING.includes(word)) return false;
    if (word === "for") this.#stack += "i";
    if (word === "try" || word === "else" || word === "finally") return this.#value("group");
    return this.#enter(word === "except" ? "optional" : "operand");
  }
}
