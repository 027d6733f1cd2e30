/** Static analyzers behind one interface. */
export * from "./types.ts";
