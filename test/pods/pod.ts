import { filesBelow } from "../support/files-below.ts";
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Container, type Manifest, named, type PodSpec, specOf, type Workload } from "../charts/manifests.ts";
import { limitsOfThisMachine, type Podman } from "../image/podman.ts";
import { tag } from "../image/superset-image.ts";

/** The host's loopback as slirp4netns shows it to a container. */
const gateway = "10.0.2.2";

const podSecuritySchema = z.object({
  runAsUser: z.number(),
  runAsGroup: z.number(),
  fsGroup: z.number(),
  runAsNonRoot: z.literal(true),
  seccompProfile: z.object({ type: z.literal("RuntimeDefault") }),
});
const containerSecuritySchema = z.strictObject({
  allowPrivilegeEscalation: z.boolean(),
  readOnlyRootFilesystem: z.boolean(),
  runAsNonRoot: z.literal(true),
  capabilities: z.strictObject({ drop: z.array(z.string()) }),
});
const volumeSchema = z.union([
  z.strictObject({ name: z.string(), emptyDir: z.strictObject({ sizeLimit: z.string() }) }),
  z.strictObject({ name: z.string(), configMap: z.strictObject({ name: z.string() }) }),
  z.strictObject({
    name: z.string(),
    csi: z.object({ readOnly: z.literal(true), volumeAttributes: z.object({ secretProviderClass: z.string() }) }),
  }),
]);
const classSchema = z.object({ parameters: z.object({ objects: z.string() }) });
const objectsSchema = z.array(
  z.object({ objectAlias: z.string(), jmesPath: z.array(z.object({ objectAlias: z.string() })).exactOptional() }),
);

export interface World {
  readonly podman: Podman;
  readonly manifests: readonly Manifest[];
  /** Name of a mounted secret file to its content. */
  readonly secret: (file: string) => string;
  /** Names that resolve to the gates of the data services. */
  readonly hosts: readonly string[];
  /** The authority of the gates, in the place of Amazon's; RDS's comes from the chart. */
  readonly authority: string;
  readonly folder: string;
}

const bytes = (quantity = ""): number => {
  const [, amount, unit = ""] = /^(\d+)(Gi|Mi|Ki)$/.exec(quantity) ?? [];
  return Number(amount) * ({ Gi: 2 ** 30, Mi: 2 ** 20, Ki: 2 ** 10 }[unit] ?? Number.NaN);
};

/**
 * One pod of the chart with the image that superset/Dockerfile made: the manifest's command, environment, mounts, user,
 * security context and memory limit, read from the manifest at each start. What differs from a node: the network is
 * slirp4netns's, secret files are written here and not by the CSI driver, no init order and no sidecar (the exporter's
 * image is in a registry), and one authority more is trusted.
 */
export class Pod {
  readonly #spec: PodSpec;
  readonly #folder: string;

  constructor(
    private readonly world: World,
    readonly kind: "Deployment" | "Job",
    readonly name: string,
  ) {
    this.#spec = specOf<Workload>(named(kind, name, [...world.manifests])).template.spec;
    this.#folder = join(world.folder, name);
    for (const volume of this.#spec.volumes) this.#fill(volume);
  }

  container(name: string): Container {
    const found = [...(this.#spec.initContainers ?? []), ...this.#spec.containers].find((one) => one.name === name);
    if (found === undefined) throw new Error(`${this.name} has no container ${name}`);
    return found;
  }

  /** Runs a container to its end and gives its output. */
  async complete(container: string, { command, minutes = 15 }: { command?: string[]; minutes?: number } = {}) {
    return this.world.podman.try(["run", "--rm", ...this.#arguments(this.container(container), command)], minutes);
  }

  /** Starts the container `superset`; `port` of the loopback leads to the container's first port. */
  async start(port?: number): Promise<void> {
    const container = this.container("superset");
    const [exposed] = container.ports ?? [];
    const publish =
      port === undefined || exposed === undefined ? [] : [`--publish=127.0.0.1:${port}:${exposed.containerPort}`];
    await this.world.podman.run(["run", "--detach", `--name=${this.name}`, ...publish, ...this.#arguments(container)]);
  }

  async exec(command: readonly string[], minutes = 5) {
    return this.world.podman.try(["exec", this.name, ...command], minutes);
  }

  async logs(): Promise<string> {
    return (await this.world.podman.try(["logs", this.name])).output;
  }

  async isRunning(): Promise<boolean> {
    const { output } = await this.world.podman.try(["inspect", "--format={{.State.Running}}", this.name]);
    return output.trim() === "true";
  }

  /** Ends a pod as the kubelet does; returns the exit code of its first process. */
  async stop(): Promise<number> {
    const grace = `--time=${this.#spec.terminationGracePeriodSeconds}`;
    await this.world.podman.run(["stop", grace, this.name], 10);
    const code = await this.world.podman.run(["inspect", "--format={{.State.ExitCode}}", this.name]);
    return Number(code);
  }

  async remove(): Promise<void> {
    await this.world.podman.try(["rm", "--force", "--time=5", this.name]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Where the container may write, by its mounts. */
  emptyDirs(): string[] {
    const mounts = this.container("superset").volumeMounts;
    const names = new Set(this.#spec.volumes.filter((volume) => "emptyDir" in volume).map(({ name }) => name));
    return mounts
      .filter(({ name, readOnly }) => names.has(name) && readOnly !== true)
      .map(({ mountPath }) => mountPath);
  }

  /** Bytes in each emptyDir against its limit, at which a kubelet evicts the pod. */
  filled(): { name: string; used: number; limit: number }[] {
    return this.#spec.volumes.flatMap((volume) => {
      const parsed = volumeSchema.parse(volume);
      if (!("emptyDir" in parsed)) return [];
      const folder = join(this.#folder, parsed.name);
      const used = filesBelow(folder).reduce(
        (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
      return [{ name: parsed.name, used, limit: bytes(parsed.emptyDir.sizeLimit) }];
    });
  }

  #arguments(container: Container, command = container.command ?? []): string[] {
    const pod = podSecuritySchema.parse(this.#spec.securityContext);
    const security = containerSecuritySchema.parse(container.securityContext);
    const variables = join(this.#folder, `${container.name}.env`);
    writeFileSync(variables, this.#environment(container).join("\n"), { mode: 0o600 });
    const authority = "/etc/homeroom-test-authority.pem";
    const memory = bytes(container.resources.limits["memory"]);
    return [
      `--hostname=${this.name}-0`,
      `--network=slirp4netns:allow_host_loopback=true`,
      ...this.world.hosts.map((host) => `--add-host=${host}:${gateway}`),
      `--user=${pod.runAsUser}:${pod.runAsGroup}`,
      `--group-add=${pod.fsGroup}`,
      `--read-only=${security.readOnlyRootFilesystem}`,
      "--read-only-tmpfs=false",
      ...(security.allowPrivilegeEscalation ? [] : ["--security-opt=no-new-privileges"]),
      ...security.capabilities.drop.map((capability) => `--cap-drop=${capability}`),
      `--memory=${memory}`,
      `--memory-swap=${memory}`,
      ...limitsOfThisMachine(),
      ...container.volumeMounts.map(
        ({ name, mountPath, readOnly }) =>
          `--volume=${join(this.#folder, name)}:${mountPath}:${readOnly === true ? "ro" : "rw"}`,
      ),
      `--volume=${this.world.authority}:${authority}:ro`,
      `--env=SSL_CERT_FILE=${authority}`,
      `--env-file=${variables}`,
      "--pull=never",
      `--entrypoint=${JSON.stringify(command)}`,
      tag,
      ...(container.args ?? []),
    ];
  }

  #environment(container: Container): string[] {
    const maps = (container.envFrom ?? []).flatMap(({ configMapRef }) =>
      Object.entries(named("ConfigMap", configMapRef?.name ?? "", [...this.world.manifests]).data ?? {}),
    );
    const own = (container.env ?? []).map(({ name, value = "" }) => [name, value] as const);
    return [...maps, ...own].map(([name, value]) => `${name}=${value}`);
  }

  #fill(volume: Record<string, unknown>): void {
    const parsed = volumeSchema.parse(volume);
    const folder = join(this.#folder, parsed.name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    if ("emptyDir" in parsed) {
      // As the kubelet makes it for an fsGroup.
      chownSync(folder, 0, podSecuritySchema.parse(this.#spec.securityContext).fsGroup);
      chmodSync(folder, 0o2777);
      return;
    }
    const files = "configMap" in parsed ? this.#mapFiles(parsed.configMap.name) : this.#secretFiles(parsed.csi);
    for (const [name, text] of files) writeFileSync(join(folder, name), text, { mode: 0o644 });
  }

  #mapFiles(name: string): [string, string][] {
    return Object.entries(named("ConfigMap", name, [...this.world.manifests]).data ?? {});
  }

  /** The files that the AWS provider of the Secrets Store driver writes for a class. */
  #secretFiles({ volumeAttributes }: { volumeAttributes: { secretProviderClass: string } }): [string, string][] {
    const found = named("SecretProviderClass", volumeAttributes.secretProviderClass, [...this.world.manifests]);
    const { parameters } = classSchema.parse(found.spec);
    return objectsSchema.parse(parse(parameters.objects)).flatMap(({ objectAlias, jmesPath }): [string, string][] => {
      const names = jmesPath?.map((path) => path.objectAlias) ?? [objectAlias];
      return names.map((name) => [name, this.world.secret(name)]);
    });
  }
}
