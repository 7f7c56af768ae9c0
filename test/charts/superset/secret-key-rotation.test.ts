import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { ChartPropsError } from "../../../charts/superset/superset.ts";
import { manifests, named, specOf, type Workload } from "../manifests.ts";

describe("the Job that moves stored secrets to a new SECRET_KEY", () => {
  it("is there only when it is asked for", () => {
    assert.ok(!manifests().some(({ metadata }) => metadata.name.includes("secret-key")));
  });

  it("mounts the present and the previous version of one secret, and runs the program that proves the move", () => {
    const all = manifests({ secretKeyRotation: "2026-11-21" });
    const job = named("Job", "superset-secret-key-2026-11-21", all);
    const [container] = specOf<Workload>(job).template.spec.containers;
    assert.deepEqual(container?.command?.slice(0, 4), [
      ...["python", "-m", "homeroom_superset.jobs.rotate_secret_key", "--previous-key-file"],
    ]);
    const secrets = named("SecretProviderClass", "superset-secret-key", all);
    const { objects } = specOf<{ parameters: { objects: string } }>(secrets).parameters;
    const mounted = (parse(objects) as Record<string, string>[]).filter(({ objectAlias }) =>
      /secret-key$/.test(objectAlias ?? ""),
    );
    assert.deepEqual(
      mounted.map(({ objectAlias, objectVersionLabel }) => [objectAlias, objectVersionLabel]),
      [
        ["secret-key", undefined],
        ["previous-secret-key", "AWSPREVIOUS"],
      ],
    );
    assert.equal(new Set(mounted.map(({ objectName }) => objectName)).size, 1);
    assert.equal(container?.command?.[4], "/run/homeroom/secrets/previous-secret-key");
  });

  it("needs a name that Kubernetes takes", () => {
    assert.throws(() => manifests({ secretKeyRotation: "Monday!" }), ChartPropsError);
  });
});
