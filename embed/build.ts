// npm run build:embed [folder]: writes the package that a host product installs; dist/ by default.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const aws = "@aws-sdk/client-secrets-manager";

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly engines: object;
  readonly exports: object;
  readonly dependencies: Readonly<Record<string, string>>;
}

async function bundle(folder: string): Promise<void> {
  const common = { absWorkingDir: root, bundle: true, format: "esm", legalComments: "linked", write: true } as const;
  await build({
    ...common,
    entryPoints: [join(root, "embed/index.ts")],
    outdir: folder,
    // A backend that asks the token service never loads the AWS SDK, which therefore stays outside.
    splitting: true,
    external: [aws],
    platform: "node",
    target: "node20",
    // Bundled CommonJS packages call require, which an ES module does not have.
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
  });
  await build({
    ...common,
    entryPoints: { browser: join(root, "embed/browser/index.ts") },
    outdir: folder,
    platform: "browser",
    target: "es2022",
  });
}

function declare(project: string, from: string, to: string): void {
  const work = mkdtempSync(join(tmpdir(), "homeroom-embed-"));
  try {
    const tsc = join(root, "node_modules/.bin/tsc");
    const settings = [
      "--noEmit",
      "false",
      "--declaration",
      "--emitDeclarationOnly",
      "--rootDir",
      root,
      "--outDir",
      work,
    ];
    const { status, stdout } = spawnSync(tsc, ["-p", join(root, project), ...settings], { encoding: "utf8" });
    if (status !== 0) throw new Error(`tsc -p ${project} failed:\n${stdout}`);
    cpSync(join(work, from), to, { recursive: true });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The repository's own package carries a cloud and a cluster; a host product needs neither. */
function manifest(own: Manifest): object {
  const { version, license, engines, exports, dependencies } = own;
  return {
    name: "homeroom",
    version,
    license,
    type: "module",
    engines,
    exports: JSON.parse(JSON.stringify(exports).replaceAll("./dist/", "./")) as object,
    peerDependencies: { [aws]: `^${dependencies[aws]}` },
    peerDependenciesMeta: { [aws]: { optional: true } },
  };
}

/** What Node and browsers load, and the manifest. */
export async function buildEmbed(folder: string): Promise<void> {
  const target = join(folder, "embed");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  await bundle(target);
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest(own), null, 2)}\n`);
}

/** What TypeScript reads beside it. */
export function declareEmbed(folder: string): void {
  const target = join(folder, "embed");
  declare("embed/tsconfig.json", "embed", target);
  declare("embed/browser/tsconfig.json", "embed/browser", join(target, "browser"));
}

if (process.argv[1] === import.meta.filename) {
  const folder = resolve(process.argv[2] ?? join(root, "dist"));
  await buildEmbed(folder);
  declareEmbed(folder);
}
