/** The HTTP oracle. */
export { judgeHttp, type HttpVerdict } from "./judge.ts";
export { MARKER, markReflections } from "./reflection.ts";
export { subjectOf } from "./subject.ts";
