/**
 * Some tests prove the same of every member of a large body. `make test` proves it of a part, so that it ends within
 * ten minutes; `make test-whole` sets IRONBARK_WHOLE and proves it of all.
 */
export const WHOLE = (process.env["IRONBARK_WHOLE"] ?? "") !== "";

/** `all` for the whole body, else `part`. */
export const sized = (part: number, all: number): number => (WHOLE ? all : part);
