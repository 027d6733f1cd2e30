/** TypeScript text to the CommonJS text that Node.js runs. Reads, runs nothing. */
import { transform } from "esbuild";

/** Where the text is no TypeScript; `line` counts from 1. */
export class NoTypeScript extends Error {
  override readonly name = "NoTypeScript";
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** Erases the types of one file. Throws NoTypeScript for the first mistake of syntax; types are not checked. */
export async function eraseTypes(text: string): Promise<string> {
  try {
    const options = { loader: "ts", format: "cjs", target: "node20", logLevel: "silent" } as const;
    return (await transform(text, options)).code;
  } catch (error) {
    const [first] =
      (error as { errors?: { text: string; location: { line: number } | null }[] }).errors ?? [];
    if (first === undefined) throw error;
    throw new NoTypeScript(first.text, first.location?.line ?? 1);
  }
}
