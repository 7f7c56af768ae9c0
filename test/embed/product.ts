import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildCode } from "../../embed/build/package.ts";
import { root } from "../support/workshop.ts";

/** A host product in a folder of its own that installed @homeroom/embed, and so Superset's SDK, and nothing else. */
export class Product {
  readonly folder: string;
  /** The installed package. */
  readonly embed: string;

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "homeroom-product-"));
    this.embed = join(this.folder, "node_modules/@homeroom/embed");
  }

  static async create(): Promise<Product> {
    const product = new Product();
    mkdirSync(product.embed, { recursive: true });
    await buildCode(product.embed);
    product.install("@superset-ui/embedded-sdk");
    return product;
  }

  /** Makes a package of this repository's node_modules importable. */
  install(name: string): void {
    const path = join(this.folder, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, "node_modules", name), path);
  }

  /** Writes a source file of the product and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Runs a script of the product to its end, with plain Node and an empty environment. */
  run(name: string, text: string): { stdout: string; stderr: string } {
    return spawnSync(process.execPath, [this.write(name, text)], { encoding: "utf8", cwd: this.folder, env: {} });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
