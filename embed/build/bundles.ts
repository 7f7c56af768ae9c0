import { join } from "node:path";
import { build, type BuildOptions, type Metafile } from "esbuild";
import { compiledClaimsValidator } from "./claims-validator.ts";
import { embedFolder, entries, root } from "./layout.ts";

/** Resolved in the host product: the AWS SDK where keys come from Secrets Manager, Superset's SDK in pages. */
const external = ["@aws-sdk/client-secrets-manager", "@superset-ui/embedded-sdk"];

const settings: Readonly<Record<keyof typeof entries, BuildOptions>> = {
  index: { platform: "node", target: "node20", plugins: [compiledClaimsValidator] },
  browser: { platform: "browser", target: "es2022" },
};

/**
 * Writes each entry as an ES module and as CommonJS into `folder`. Names stay as they are in the source, so that a stack
 * trace can be read.
 * @returns what esbuild bundled, one record for each file
 */
export async function bundle(folder: string): Promise<Metafile[]> {
  const files = Object.entries(settings).flatMap(([name, options]) =>
    (["esm", "cjs"] as const).map((format) => ({ name, options, format })),
  );
  const built = await Promise.all(
    files.map(({ name, options, format }) =>
      build({
        ...options,
        absWorkingDir: root,
        entryPoints: { [name]: join(embedFolder, entries[name as keyof typeof entries]) },
        outdir: folder,
        outExtension: { ".js": format === "esm" ? ".js" : ".cjs" },
        format,
        bundle: true,
        external,
        minifySyntax: true,
        minifyWhitespace: true,
        // Node prints the whole line of an error that nobody catches.
        lineLimit: 160,
        // THIRD-PARTY-NOTICES holds them.
        legalComments: "none",
        metafile: true,
      }),
    ),
  );
  return built.map(({ metafile }) => metafile);
}
