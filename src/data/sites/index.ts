/** Generated sites in Python and JavaScript over many weaknesses: families, and scenarios from a family and a seed. */
export { distinctSites, drawTrainingSite, HELD_OUT_SEED, normalForm } from "./distinct.ts";
export { SITE_FAMILIES, type SiteFamily, type SiteSplit } from "./families.ts";
export { generateSite, type SiteOptions } from "./generate.ts";
