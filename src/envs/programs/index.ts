/** Programming tasks as episodes of one turn: read the task, write the program, have it run. */
export * from "./episode.ts";
export * from "./language.ts";
