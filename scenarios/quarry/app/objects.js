"use strict";
/** Objects out of queries and out of one another. */

/** `a[b][c]=1` as { a: { b: { c: "1" } } }. */
function parseQuery(query) {
  const found = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const path = name.split(/[[\]]+/).filter((part) => part !== "");
    let at = found;
    for (const key of path.slice(0, -1)) {
      if (at[key] === undefined) at[key] = {};
      at = at[key];
    }
    if (path.length > 0) at[path.at(-1)] = value;
  }
  return found;
}

/** `more` over `base`, object by object; changes and returns `base`. */
function merge(base, more) {
  for (const key of Object.keys(more)) {
    const value = more[key];
    if (value !== null && typeof value === "object") base[key] = merge(base[key] ?? {}, value);
    else base[key] = value;
  }
  return base;
}

module.exports = { merge, parseQuery };
