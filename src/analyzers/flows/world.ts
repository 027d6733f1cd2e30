/** The program around a function, as its evaluation sees it. */
import type { ClassNode, FunctionNode, Place } from "./program.ts";
import type { Template } from "./templates.ts";
import type { ClassInfo, Frame, FunctionInfo, ModuleInfo, Value } from "./value.ts";

export interface World {
  readonly templates: ReadonlyMap<string, Template>;
  readonly usesExpress: boolean;
  /** Called for each expression: throws when its file has had its time. */
  step(): void;
  /** Prototypes are frozen: nothing can be set on them. */
  frozen: boolean;
  functionById(id: number): FunctionInfo;
  functionOf(
    node: FunctionNode,
    module: ModuleInfo,
    owner: ClassInfo | undefined,
    outer: Frame,
  ): FunctionInfo;
  classOf(node: ClassNode, module: ModuleInfo, outer: Frame): ClassInfo;
  /** Whether a framework shows what it returns to a visitor. */
  isHandler(of: FunctionInfo): boolean;
  /** A route that is made by a call. */
  registered(name: string, args: readonly Value[], named: ReadonlyMap<string, Value>, place: Place): void;
  /** Methods of that name, unless there are too many to say which is meant. */
  methodsNamed(name: string): readonly FunctionInfo[];
  method(of: ClassInfo, name: string): FunctionInfo | undefined;
  attribute(of: ClassInfo, name: string, self: Value): Value;
  /** What a name stands for that nobody in the sources gave a value. */
  builtin(name: string, module: ModuleInfo): Value;
  /** `module.exports = x`, `exports.name = x`. */
  exported(module: ModuleInfo, object: string, name: string, value: Value): void;
  imported(from: ModuleInfo, spec: string, member: string | undefined, name: string): Value;
}
