import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { ChartPropsError } from "../../../charts/superset/superset.ts";
import { manifests, named, specOf, type Workload } from "../manifests.ts";

describe("the Job that moves stored secrets to a new SECRET_KEY", () => {
  it("is there only when it is asked for", () => {
    expect(manifests().filter(({ metadata }) => metadata.name.includes("secret-key"))).toEqual([]);
  });

  it("mounts the present and the previous version of one secret, and runs the program that proves the move", () => {
    const all = manifests({ secretKeyRotation: "2026-11-21" });
    const job = named("Job", "superset-secret-key-2026-11-21", all);
    const [container] = specOf<Workload>(job).template.spec.containers;
    expect(container?.command?.slice(0, 4)).toStrictEqual([
      ...["python", "-m", "homeroom_superset.jobs.rotate_secret_key", "--previous-key-file"],
    ]);
    const secrets = named("SecretProviderClass", "superset-secret-key", all);
    const { objects } = specOf<{ parameters: { objects: string } }>(secrets).parameters;
    const mounted = (parse(objects) as Record<string, string>[]).filter(({ objectAlias }) =>
      /secret-key$/.test(objectAlias ?? ""),
    );
    expect(mounted.map(({ objectAlias, objectVersionLabel }) => [objectAlias, objectVersionLabel])).toStrictEqual([
      ["secret-key", undefined],
      ["previous-secret-key", "AWSPREVIOUS"],
    ]);
    expect(new Set(mounted.map(({ objectName }) => objectName)).size).toBe(1);
    expect(container?.command?.[4]).toBe("/run/homeroom/secrets/previous-secret-key");
  });

  it("needs a name that Kubernetes takes", () => {
    expect(() => manifests({ secretKeyRotation: "Monday!" })).toThrow(ChartPropsError);
  });
});
