import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type SecretVersion, type SecretVersions, VersionConflict } from "../../rotation/secret-versions.ts";

export interface DirectorySecretVersionsProps {
  /** Path of the file that programs read; it holds AWSCURRENT. */
  readonly file: (secret: string) => string;
  /** Folder for what Secrets Manager remembers of each secret. */
  readonly history: string;
}

const historySchema = z.array(z.strictObject({ id: z.string(), text: z.string(), stages: z.array(z.string()) }));
type History = z.output<typeof historySchema>;

const attempts = 20;

/**
 * Secrets Manager's versions and stages on a disk. A change is a new generation that is linked into place: only one of
 * several writers at once wins, and one that is killed leaves the old generation whole.
 */
export class DirectorySecretVersions implements SecretVersions {
  readonly #props: DirectorySecretVersionsProps;

  constructor(props: DirectorySecretVersionsProps) {
    this.#props = props;
  }

  async read(secret: string, which: { stage: string } | { id: string }): Promise<SecretVersion | undefined> {
    const { versions } = await this.#load(secret);
    const found = versions.find((version) =>
      "id" in which ? version.id === which.id : version.stages.includes(which.stage),
    );
    return found === undefined ? undefined : { id: found.id, text: found.text };
  }

  async stages(secret: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const { versions } = await this.#load(secret);
    return new Map(versions.map(({ id, stages }) => [id, stages]));
  }

  async put(secret: string, { id, text }: SecretVersion, stage: string): Promise<void> {
    await this.#change(secret, (versions) => {
      const present = versions.find((version) => version.id === id);
      if (present === undefined) return attach([...versions, { id, text, stages: [] }], stage, id);
      if (present.text !== text) throw new VersionConflict(`${secret}: version ${id} exists`);
      return versions;
    });
  }

  async makeCurrent(secret: string, { to, from }: { to: string; from: string }): Promise<void> {
    await this.#change(secret, (versions) => {
      if (versions.find(({ stages }) => stages.includes("AWSCURRENT"))?.id !== from)
        throw new VersionConflict(`${secret}: AWSCURRENT is not at ${from}`);
      if (!versions.some(({ id }) => id === to)) throw new Error(`${secret}: has no version ${to}`);
      return attach(versions, "AWSCURRENT", to);
    });
  }

  async withdraw(secret: string, { stage, from }: { stage: string; from: string }): Promise<void> {
    await this.#change(secret, (versions) =>
      versions.some(({ id, stages }) => id === from && stages.includes(stage))
        ? versions.map((version) => ({ ...version, stages: version.stages.filter((label) => label !== stage) }))
        : versions,
    );
  }

  async #change(secret: string, change: (versions: History) => History): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { number, versions } = await this.#load(secret);
      const changed = change(versions);
      if (changed === versions) return;
      // What no stage names is gone, as it soon is in Secrets Manager; an old password does not stay on the disk.
      if (
        await this.#add(
          secret,
          number + 1,
          changed.filter(({ stages }) => stages.length > 0),
        )
      ) {
        await this.#load(secret);
        return;
      }
    }
    throw new Error(`${secret}: changed ${attempts} times while it was written; try again`);
  }

  async #add(secret: string, number: number, versions: History): Promise<boolean> {
    const { history } = this.#props;
    await mkdir(history, { recursive: true, mode: 0o700 });
    const draft = join(history, `.${secret}-${randomUUID()}`);
    await writeFile(draft, JSON.stringify(versions), { mode: 0o600 });
    try {
      await link(draft, this.#generation(secret, number));
    } catch (error) {
      if (isCode(error, "EEXIST")) return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
    const numbers = await this.#numbers(secret);
    // A writer that slept may find its number free again, because later ones clear up behind them.
    const latest = Math.max(...numbers);
    const old = latest === number ? numbers.filter((other) => other < number) : [number];
    for (const other of old) await rm(this.#generation(secret, other), { force: true });
    return latest === number;
  }

  async #load(secret: string): Promise<{ number: number; versions: History }> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const number = Math.max(0, ...(await this.#numbers(secret)));
      const file = this.#props.file(secret);
      if (number === 0) {
        const text = await readFile(file, "utf8");
        const id = createHash("sha256").update(text).digest("hex");
        return { number, versions: [{ id, text, stages: ["AWSCURRENT"] }] };
      }
      const generation = await readFile(this.#generation(secret, number), "utf8").catch((error: unknown) => {
        if (isCode(error, "ENOENT")) return undefined;
        throw error;
      });
      if (generation === undefined) continue;
      const versions = historySchema.parse(JSON.parse(generation));
      const current = versions.find(({ stages }) => stages.includes("AWSCURRENT"));
      // A run that was killed between its two writes left the programs' file behind.
      if (current !== undefined && (await readFile(file, "utf8")) !== current.text) await replace(file, current.text);
      if (number === Math.max(...(await this.#numbers(secret)))) return { number, versions };
    }
    throw new Error(`${secret}: changed ${attempts} times while it was read; try again`);
  }

  async #numbers(secret: string): Promise<number[]> {
    const names = await readdir(this.#props.history).catch((error: unknown) => {
      if (isCode(error, "ENOENT")) return [];
      throw error;
    });
    return names
      .filter((name) => name.startsWith(`${secret}.`))
      .map((name) => Number(name.slice(secret.length + 1)))
      .filter(Number.isSafeInteger);
  }

  #generation(secret: string, number: number): string {
    return join(this.#props.history, `${secret}.${number}`);
  }
}

function attach(versions: History, stage: string, to: string): History {
  const from = versions.find(({ stages }) => stages.includes(stage))?.id;
  if (from === to) return versions;
  return versions.map(({ id, text, stages }) => {
    const moved = [stage, ...(stage === "AWSCURRENT" && from !== undefined ? ["AWSPREVIOUS"] : [])];
    const kept = stages.filter((label) => !moved.includes(label));
    const added = id === to ? [stage] : id === from && stage === "AWSCURRENT" ? ["AWSPREVIOUS"] : [];
    return { id, text, stages: [...kept, ...added] };
  });
}

async function replace(file: string, text: string): Promise<void> {
  const draft = join(dirname(file), `.${randomUUID()}`);
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
