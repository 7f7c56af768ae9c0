// npm run check:embed: the package as npm would publish it, judged by publint and by attw.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { buildCode, buildTypes, undocumented } from "../../embed/build/package.ts";
import { root } from "../support/workshop.ts";

/** Every file that may be in the package. */
const published = [
  "API.md",
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "THIRD-PARTY-NOTICES",
  ...["browser", "index"].flatMap((name) =>
    [".cjs", ".d.cts", ".d.ts", ".js"].map((ending) => `dist/${name}${ending}`),
  ),
  "package.json",
];

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function pack(folder: string): Packed {
  const args = ["pack", "--json", "--ignore-scripts", "--offline"];
  const { stdout, stderr, status } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  const [packed] = status === 0 ? (JSON.parse(stdout) as Packed[]) : [];
  if (packed === undefined) throw new Error(`npm pack failed:\n${stderr}`);
  return packed;
}

/** Runs attw; `node10` knows no `exports` at all and is older than every Node that the package supports. */
function wrongTypes(tarball: string): string[] {
  const args = [tarball, "--profile", "node16", "--format", "ascii", "--no-emoji"];
  const { stdout, status } = spawnSync(join(root, "node_modules/.bin/attw"), args, { encoding: "utf8" });
  return status === 0 ? [] : [`attw:\n${stdout}`];
}

function unlike(committed: string, built: string): string[] {
  return readFileSync(committed, "utf8") === readFileSync(built, "utf8")
    ? []
    : [`${committed} is not what the source says: run npm run build:embed and commit it`];
}

/** Everything that is wrong with the package. */
async function problems(folder: string): Promise<string[]> {
  await buildCode(folder);
  await buildTypes(folder);
  const { filename, files } = pack(folder);
  const paths = files.map(({ path }) => path);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
  const { messages } = await publint({ pkgDir: folder, strict: true, pack: false });
  return [
    ...paths.filter((path) => !published.includes(path)).map((path) => `${path} must not be published`),
    ...published.filter((path) => !paths.includes(path)).map((path) => `${path} is missing from the package`),
    ...undocumented(folder).map((name) => `${name} has no doc comment`),
    ...["API.md", "THIRD-PARTY-NOTICES"].flatMap((name) => unlike(join(root, "embed", name), join(folder, name))),
    ...messages.map((message) => `publint: ${formatMessage(message, manifest) ?? message.code}`),
    ...wrongTypes(join(folder, filename)),
  ];
}

const folder = mkdtempSync(join(tmpdir(), "homeroom-embed-"));
try {
  const found = await problems(folder);
  for (const problem of found) console.error(problem);
  process.exitCode = found.length === 0 ? 0 : 1;
  console.log(found.length === 0 ? "@homeroom/embed can be published" : `${found.length} problems`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
