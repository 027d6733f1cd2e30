/** One spelling for each language, whatever a set calls it. */

const NAMES: Readonly<Record<string, string>> = {
  c: "c",
  h: "c",
  "c++": "cpp",
  cpp: "cpp",
  cxx: "cpp",
  cc: "cpp",
  hpp: "cpp",
  hh: "cpp",
  "c#": "csharp",
  cs: "csharp",
  csharp: "csharp",
  c_sharp: "csharp",
  go: "go",
  golang: "go",
  java: "java",
  javascript: "javascript",
  js: "javascript",
  jsx: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  typescript: "typescript",
  ts: "typescript",
  tsx: "typescript",
  kotlin: "kotlin",
  kt: "kotlin",
  php: "php",
  python: "python",
  py: "python",
  ruby: "ruby",
  rb: "ruby",
  rust: "rust",
  rs: "rust",
  swift: "swift",
};

const SUFFIXES: Readonly<Record<string, string>> = {
  c: "c",
  cpp: "cpp",
  csharp: "cs",
  go: "go",
  java: "java",
  javascript: "js",
  typescript: "ts",
  kotlin: "kt",
  php: "php",
  python: "py",
  ruby: "rb",
  rust: "rs",
  swift: "swift",
};

/** Of a name (`C++`), a suffix (`.py`) or a file name; what is not known stays, in small letters. */
export function languageOf(text: string | undefined): string {
  const word = (text ?? "").trim().toLowerCase();
  return NAMES[word] ?? NAMES[word.slice(word.lastIndexOf(".") + 1)] ?? word.replace(/^\./, "");
}

/** As languageOf for a file's name, empty when the suffix says nothing. */
export function languageOfFile(name: string | undefined): string {
  const suffix = /\.([^./\\]+)$/.exec(name ?? "")?.[1];
  return NAMES[suffix?.toLowerCase() ?? ""] ?? "";
}

/** What a file in this language is called behind the point; `txt` for what is not known. */
export const suffixOf = (language: string): string => SUFFIXES[language] ?? "txt";
