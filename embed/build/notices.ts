import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { root } from "./layout.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Folders of the packages that lie in the bundles, in alphabetical order. */
function bundledPackages(bundles: readonly Metafile[]): string[] {
  const inputs = bundles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    ),
  );
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []);
  return [...new Set(folders)].sort();
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  if (license === undefined || file === undefined) {
    throw new Error(`${folder}: names no licence or holds no licence text; a package without one must not be bundled`);
  }
  return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
}

/**
 * The text of THIRD-PARTY-NOTICES: every package that lies in the bundles, with its licence.
 * @throws when a package has no licence
 */
export function notices(bundles: readonly Metafile[]): string {
  const packages = bundledPackages(bundles).map(notice);
  const line = "-".repeat(80);
  return [
    "dist/ of @homeroom/embed contains code of the packages below.\n",
    ...packages,
    "@superset-ui/embedded-sdk is a dependency, installed beside this package and not contained in it.\n",
  ].join(`\n${line}\n\n`);
}
