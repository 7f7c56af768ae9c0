import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../support/workshop.ts";
import { present } from "../../../support/narrowing.ts";

export const dockerfile = readFileSync(join(root, "runtime/tokens/server/Dockerfile"), "utf8");

/** Fills `app` as the image's build stage does, with what that stage copies and nothing else of the repository. */
export function bundleImage(folder: string, app: string): void {
  const build = mkdtempSync(join(folder, "build-"));
  for (const [, source = ""] of dockerfile.matchAll(/^COPY (\w+) \w+$/gm)) {
    cpSync(join(root, source), join(build, source), { recursive: true });
  }
  cpSync(join(root, "package.json"), join(build, "package.json"));
  symlinkSync(join(root, "node_modules"), join(build, "node_modules"));
  const step = /^RUN (npx esbuild [\s\S]*?) \\\n && npm sbom/m.exec(dockerfile)?.[1];
  present(step, "the Dockerfile no longer bundles");
  const command = step.replace("=/out ", `=${app} `).replaceAll("\\\n", " ");
  execFileSync("sh", ["-c", command], { cwd: build, stdio: ["ignore", "ignore", "pipe"] });
  rmSync(build, { recursive: true });
}
