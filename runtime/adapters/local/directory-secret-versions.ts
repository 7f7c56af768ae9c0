import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type SecretVersion, type SecretVersions, VersionConflict } from "../../rotation/secret-versions.ts";

export interface DirectorySecretVersionsProps {
  /** Returns the path of a secret's file, which holds the AWSCURRENT version for programs to read. */
  readonly file: (secret: string) => string;
  /** Folder for the versions and stages of each secret. */
  readonly history: string;
}

const historySchema = z.array(z.strictObject({ id: z.string(), text: z.string(), stages: z.array(z.string()) }));
type History = z.output<typeof historySchema>;

const maxAttempts = 20;

/**
 * Versions and stages, as Secrets Manager has them, in files. Each change is a new generation, whose file is linked
 * into place: of several writers at once only one succeeds, and one that is killed leaves the old generation complete.
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
      if (present === undefined) return moveStage([...versions, { id, text, stages: [] }], stage, id);
      if (present.text !== text) throw new VersionConflict(`${secret}: version ${id} exists`);
      return versions;
    });
  }

  async makeCurrent(secret: string, { to, from }: { to: string; from: string }): Promise<void> {
    await this.#change(secret, (versions) => {
      if (versions.find(({ stages }) => stages.includes("AWSCURRENT"))?.id !== from)
        throw new VersionConflict(`${secret}: AWSCURRENT is not at ${from}`);
      if (!versions.some(({ id }) => id === to)) throw new Error(`${secret}: has no version ${to}`);
      return moveStage(versions, "AWSCURRENT", to);
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
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const { number, versions } = await this.#load(secret);
      const changed = change(versions);
      if (changed === versions) return;
      // Versions without a stage are dropped, as Secrets Manager does, so that no old password stays on the disk.
      if (
        await this.#publishGeneration(
          secret,
          number + 1,
          changed.filter(({ stages }) => stages.length > 0),
        )
      ) {
        await this.#load(secret);
        return;
      }
    }
    throw new Error(`${secret}: changed ${maxAttempts} times while it was written; try again`);
  }

  async #publishGeneration(secret: string, number: number, versions: History): Promise<boolean> {
    const { history } = this.#props;
    await mkdir(history, { recursive: true, mode: 0o700 });
    const draft = join(history, `.${secret}-${randomUUID()}`);
    await writeFile(draft, JSON.stringify(versions), { mode: 0o600 });
    try {
      await link(draft, this.#generationFile(secret, number));
    } catch (error) {
      if (hasErrorCode(error, "EEXIST")) return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
    const numbers = await this.#generationNumbers(secret);
    // A delayed writer may find its number free again, because later writers remove old generations.
    const latest = Math.max(...numbers);
    const old = latest === number ? numbers.filter((other) => other < number) : [number];
    for (const other of old) await rm(this.#generationFile(secret, other), { force: true });
    return latest === number;
  }

  async #load(secret: string): Promise<{ number: number; versions: History }> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const number = Math.max(0, ...(await this.#generationNumbers(secret)));
      const file = this.#props.file(secret);
      if (number === 0) {
        const text = await readFile(file, "utf8");
        const id = createHash("sha256").update(text).digest("hex");
        return { number, versions: [{ id, text, stages: ["AWSCURRENT"] }] };
      }
      const generation = await readFile(this.#generationFile(secret, number), "utf8").catch((error: unknown) => {
        if (hasErrorCode(error, "ENOENT")) return undefined;
        throw error;
      });
      if (generation === undefined) continue;
      const versions = historySchema.parse(JSON.parse(generation));
      const current = versions.find(({ stages }) => stages.includes("AWSCURRENT"));
      // A run that was killed between its two writes left an outdated file for the programs.
      if (current !== undefined && (await readFile(file, "utf8")) !== current.text) await replace(file, current.text);
      if (number === Math.max(...(await this.#generationNumbers(secret)))) return { number, versions };
    }
    throw new Error(`${secret}: changed ${maxAttempts} times while it was read; try again`);
  }

  async #generationNumbers(secret: string): Promise<number[]> {
    const names = await readdir(this.#props.history).catch((error: unknown) => {
      if (hasErrorCode(error, "ENOENT")) return [];
      throw error;
    });
    return names
      .filter((name) => name.startsWith(`${secret}.`))
      .map((name) => Number(name.slice(secret.length + 1)))
      .filter(Number.isSafeInteger);
  }

  #generationFile(secret: string, number: number): string {
    return join(this.#props.history, `${secret}.${number}`);
  }
}

function moveStage(versions: History, stage: string, to: string): History {
  const from = versions.find(({ stages }) => stages.includes(stage))?.id;
  if (from === to) return versions;
  return versions.map(({ id, text, stages }) => {
    const movedStages = [stage, ...(stage === "AWSCURRENT" && from !== undefined ? ["AWSPREVIOUS"] : [])];
    const otherStages = stages.filter((label) => !movedStages.includes(label));
    const addedStages = id === to ? [stage] : id === from && stage === "AWSCURRENT" ? ["AWSPREVIOUS"] : [];
    return { id, text, stages: [...otherStages, ...addedStages] };
  });
}

async function replace(file: string, text: string): Promise<void> {
  const draft = join(dirname(file), `.${randomUUID()}`);
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}

function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
