/** What text of a declared type can do: frameworks that read annotations let nothing else in. */
import { ALL } from "./kinds.ts";
import { pathOf, type Expr, type Field } from "./program.ts";
import { isAnchored, outsideOfPattern } from "./patterns.ts";
import type { ClassInfo, Value } from "./value.ts";

const PLAIN =
  /^(int|float|bool|complex|None|UUID|UUID[1-8]|Decimal|date|time|datetime|timedelta|PositiveInt|NonNegativeInt|IPv[46]Address|EmailStr|Literal)$/;
/** What a framework hands over that is nobody's text by itself. */
const GIVEN = /^(Request|HTTPConnection|WebSocket|Response|BackgroundTasks|SecurityScopes)$/;
const DEPENDS = /^(Depends|Security)$/;

const lastOf = (expr: Expr): string => (pathOf(expr) ?? "").split(".").at(-1) ?? "";

/** Calls in a type or beside it: `Query(pattern=...)`, `Depends(f)`. */
function callsIn(expr: Expr | undefined): Extract<Expr, { kind: "call" }>[] {
  if (expr === undefined) return [];
  if (expr.kind === "call") return [expr];
  return expr.kind === "list" ? expr.items.flatMap(callsIn) : [];
}

/** `Depends(f)`, wherever it stands. */
export const dependencyOf = (type: Expr | undefined, initial: Expr | undefined): Expr | undefined =>
  [...callsIn(type), ...callsIn(initial)].find(({ callee }) => DEPENDS.test(lastOf(callee)));

/** Whether a framework fills a parameter with something of its own. */
export const isGiven = (type: Expr | undefined): boolean =>
  type !== undefined && (GIVEN.test(lastOf(type)) || (type.kind === "list" && type.items.some(isGiven)));

/** What is left to a text that came in as `type`, ALL where nothing is known. */
export function leftByType(type: Expr | undefined, initial: Expr | undefined, evaluate: Evaluate): number {
  let left = type === undefined ? ALL : leftBy(type, evaluate);
  for (const { named } of [...callsIn(type), ...callsIn(initial)]) {
    const pattern = named.find(({ name }) => name === "pattern" || name === "regex")?.value;
    const text = pattern === undefined ? undefined : evaluate(pattern).text;
    if (text !== undefined && isAnchored(text)) left &= ~outsideOfPattern(text);
  }
  return left;
}

type Evaluate = (expr: Expr) => Value;

function leftBy(type: Expr, evaluate: Evaluate): number {
  if (type.kind === "list") {
    // A union, or a container and what it holds: whatever can do most.
    const parts = type.items.filter((item) => item.kind !== "call");
    const [head] = parts;
    if (head !== undefined && lastOf(head) === "Literal") return 0;
    const inner = parts.filter(
      (item) => !/^(list|List|set|tuple|Optional|Annotated|Union)$/.test(lastOf(item)),
    );
    return inner.map((item) => leftBy(item, evaluate)).reduce((most, one) => most | one, 0);
  }
  if (type.kind === "index") return lastOf(type.object) === "Literal" ? 0 : leftBy(type.index, evaluate);
  if (type.kind === "constant") return 0;
  if (PLAIN.test(lastOf(type))) return 0;
  return evaluate(type).refs.some((ref) => ref.kind === "class" && isEnum(ref.of)) ? 0 : ALL;
}

const isEnum = ({ node }: ClassInfo): boolean => node.bases.some((base) => lastOf(base).endsWith("Enum"));

/** The class of the sources that a body is read into, with what it declares. */
export function modelOf(type: Expr | undefined, evaluate: Evaluate, depth = 0): readonly Field[] | undefined {
  if (type === undefined || depth > 3) return undefined;
  for (const one of type.kind === "list" ? type.items : [type])
    for (const ref of one.kind === "name" || one.kind === "member" ? evaluate(one).refs : [])
      if (ref.kind === "class" && ref.of.node.fields.length > 0) {
        const inherited = ref.of.node.bases.flatMap((base) => modelOf(base, evaluate, depth + 1) ?? []);
        return [...inherited, ...ref.of.node.fields];
      }
  return undefined;
}
