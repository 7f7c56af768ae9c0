import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles the page's script with @homeroom/embed/browser, as the bundler of a host product does. */
export async function portalScript(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("public/portal.js", import.meta.url))],
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "silent",
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error("public/portal.js: the bundler made nothing of it");
  return script.contents;
}
