/** Generated vulnerable web applications: families, and scenarios from a family and a seed. */
export { FAMILIES, familyOf, type Family, type FamilySplit } from "./families.ts";
export { generateScenario, type GenerateOptions } from "./generate.ts";
export type { Pool } from "./words.ts";
