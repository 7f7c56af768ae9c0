import type { AuditEventName } from "../../../contract/index.ts";
import { SpoolChain } from "../writer/spool-chain.ts";

export interface DeclarationsProps {
  readonly folder: string;
  readonly clock: () => number;
  readonly log: (entry: object) => void;
}

/**
 * Declares in the trail itself that lines were torn, lost, refused or claim one place. It writes to the
 * spool that it reads, so a declaration is as safe as any event while the database is away.
 */
export class Declarations {
  readonly #props: DeclarationsProps;
  #chain: SpoolChain | undefined;
  #origin: string | undefined;
  /** Declarations made before any event named the log. */
  #waiting: [AuditEventName, string, number | undefined][] = [];

  constructor(props: DeclarationsProps) {
    this.#props = props;
  }

  /** Names the log that declarations go to: that of the events which are collected. */
  useLog(origin: string): void {
    if (this.#origin !== undefined) return;
    this.#origin = origin;
    for (const [name, file, rows] of this.#waiting.splice(0)) this.#write(origin, name, file, rows);
  }

  /** Whether a file of the spool is the collector's own. */
  isOwn(file: string): boolean {
    return file === this.#chain?.fileName;
  }

  /** Declares something about a chain, named by its file. `rows` is the number of events that it concerns. */
  declare(name: AuditEventName, file: string, rows?: number): void {
    this.#props.log({ event: name, file, ...(rows === undefined ? {} : { rows }) });
    if (this.#origin === undefined) this.#waiting.push([name, file, rows]);
    else this.#write(this.#origin, name, file, rows);
  }

  heartbeat(): void {
    this.#chain?.heartbeat();
  }

  close(): void {
    this.#chain?.close();
    this.#chain = undefined;
  }

  #write(origin: string, name: AuditEventName, file: string, rows: number | undefined): void {
    this.#chain ??= new SpoolChain({ ...this.#props, role: "collector", origin });
    const resource = [{ type: "chain", id: file.replace(/(\.\d+)?\.spool$/, "") }];
    this.#chain.record(name, { resource, ...(rows === undefined ? {} : { result: { rows } }) }, false);
  }
}
