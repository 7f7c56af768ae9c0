import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

const root = join(import.meta.dirname, "../../..");
const dockerfile = readFileSync(join(root, "runtime/tokens/Dockerfile"), "utf8");

describe("the token service's image", () => {
  it("holds one file that runs by itself: the bundle of its own build step", () => {
    const folder = mkdtempSync(join(tmpdir(), "homeroom-tokens-image-"));
    try {
      const step = /npx (esbuild [\s\S]*?) \\\n && npm sbom/.exec(dockerfile)?.[1];
      assert.ok(step, "the Dockerfile no longer bundles");
      const command = step.replaceAll("/out/", `${folder}/`).replaceAll("\\\n", " ");
      execFileSync("sh", ["-c", `npx ${command}`], { cwd: root, stdio: "ignore" });
      const started = spawnSync(process.execPath, [join(folder, "token-service.mjs")], {
        cwd: folder,
        env: {},
        encoding: "utf8",
      });
      assert.equal(started.status, 1);
      assert.match(started.stderr, /^HOMEROOM_TOKENS_CONFIG is not set/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("takes its bases by argument, has no root and no shell in its start", () => {
    assert.doesNotMatch(dockerfile, /^FROM [^$]/m);
    assert.match(dockerfile, /^USER 65532:65532$/m);
    assert.match(dockerfile, /^ENTRYPOINT \["node", /m);
    assert.match(dockerfile, /npm sbom --sbom-format=cyclonedx/);
  });
});
