// npm run build:embed: writes dist/ of the package, and THIRD-PARTY-NOTICES and API.md, which are committed.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiDocs } from "./api-docs.ts";
import { bundle } from "./bundles.ts";
import { declare } from "./declarations.ts";
import { embedFolder } from "./layout.ts";
import { notices } from "./notices.ts";

/** Files of the package that are written by hand, beside the source. */
const written = ["package.json", "README.md", "LICENSE", "CHANGELOG.md"];

/** Writes into `folder` what Node and browsers load, and the manifest: enough to run, a second's work. */
export async function buildCode(folder: string): Promise<void> {
  const dist = join(folder, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const bundles = await bundle(dist);
  writeFileSync(join(folder, "THIRD-PARTY-NOTICES"), notices(bundles));
  if (folder === embedFolder) return;
  for (const name of written) copyFileSync(join(embedFolder, name), join(folder, name));
}

/** Writes into `folder` what TypeScript and people read beside it. */
export async function buildTypes(folder: string): Promise<void> {
  declare(join(folder, "dist"));
  const entries = apiOf(folder);
  const contents = entries.map(({ name, anchor }) => `- [${name}](#${anchor})`);
  const parts = [
    "# API of @homeroom/embed",
    "`npm run build:embed` writes this page from the comments in the source.",
    ["Contents:", ...contents].join("\n"),
    ...(await Promise.all(entries.map(({ name, docs }) => docs.markdown(name)))),
  ];
  writeFileSync(join(folder, "API.md"), `${parts.join("\n\n")}\n`);
}

/** Lists what API.md would not explain. */
export const undocumented = (folder: string): string[] => apiOf(folder).flatMap(({ docs }) => docs.undocumented());

const apiOf = (folder: string): { name: string; anchor: string; docs: ApiDocs }[] => [
  { name: "@homeroom/embed", anchor: "homeroomembed", docs: new ApiDocs(join(folder, "dist/index.d.ts")) },
  {
    name: "@homeroom/embed/browser",
    anchor: "homeroomembedbrowser",
    docs: new ApiDocs(join(folder, "dist/browser.d.ts")),
  },
];

if (process.argv[1] === import.meta.filename) {
  await buildCode(embedFolder);
  await buildTypes(embedFolder);
}
