/** Pure reward functions: no processes, no network. */
export * from "./align.ts";
export * from "./detect.ts";
export * from "./patch.ts";
export * from "./programs.ts";
export * from "./securecoderl-code.ts";
