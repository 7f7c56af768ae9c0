import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The workspace, embed/. */
export const embedFolder = dirname(dirname(fileURLToPath(import.meta.url)));
export const root = dirname(embedFolder);

/** Source of each entry by the name of its file in dist/. */
export const entries = { index: "index.ts", browser: "browser/index.ts" } as const;
