import { randomUUID } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SupersetBeside } from "../e2e/beside.ts";
import { hosts, rowsOf } from "../e2e/live.ts";
import { root } from "../support/workshop.ts";
import { analyticsDatabases } from "./canaries.ts";
import { lockedTables } from "./locked-tables.ts";
import type { Origin } from "./charts.ts";

/**
 * Both locks of the running platform, each of which can be opened and shut again.
 * The first is opened in a Superset beside the running one, whose configuration exists in the tests alone;
 * the second in the database itself.
 */
export class Locks {
  private constructor(
    private readonly superset: SupersetBeside,
    private readonly opened: string,
  ) {}

  static async of(): Promise<Locks> {
    let opened = "";
    const superset = await SupersetBeside.start({
      config: join(root, "test/leaks/unlocked/superset_config.py"),
      environment: (folder) => ({ LEAKS_FIRST_LOCK_OPENED: (opened = join(folder, "opened")) }),
    });
    const locks = new Locks(superset, opened);
    locks.forgetAnswers();
    return locks;
  }

  get origin(): Origin {
    return { url: this.superset.url, headers: { host: hosts.embeds[0] ?? "" } };
  }

  openFirst(): void {
    writeFileSync(this.opened, "");
    this.forgetAnswers();
  }

  shutFirst(): void {
    if (existsSync(this.opened)) rmSync(this.opened);
    this.forgetAnswers();
  }

  /** A guest's request never bypasses the cache, whose answers were made under other locks: this names another cache. */
  private forgetAnswers(): void {
    writeFileSync(`${this.opened}.turn`, randomUUID());
  }

  openSecond(): Promise<void> {
    return this.second("disable");
  }

  shutSecond(): Promise<void> {
    return this.second("enable");
  }

  private async second(word: "enable" | "disable"): Promise<void> {
    for (const table of await lockedTables())
      for (const database of analyticsDatabases)
        await rowsOf(database, `alter table ${table} ${word} row level security`);
    this.forgetAnswers();
  }

  async close(): Promise<void> {
    await this.shutSecond();
    await this.superset.stop();
  }
}
