import { open, readFile, rename } from "node:fs/promises";
import { z } from "zod";
import type { TreeHead } from "../../audit/witness/consistency.ts";
import type { WitnessState } from "../../audit/witness/witness.ts";

const schema = z.strictObject({ size: z.int().nonnegative(), root: z.base64() });

/** The tree head that the witness last saw, in a file that is replaced as a whole. */
export class WitnessStateFile implements WitnessState {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<TreeHead | undefined> {
    const text = await readFile(this.#path, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    const { size, root } = schema.parse(JSON.parse(text));
    return { size, root: Buffer.from(root, "base64") };
  }

  async write({ size, root }: TreeHead): Promise<void> {
    const file = await open(`${this.#path}.new`, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify({ size, root: root.toString("base64") }));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${this.#path}.new`, this.#path);
  }
}
