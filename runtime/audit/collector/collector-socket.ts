import { chmod, open, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type pg from "pg";
import { z } from "zod";
import { appendEvents } from "../store/event-store.ts";
import type { Subject, VaultPerson } from "../vault/vault.ts";
import { Breaker } from "./breaker.ts";
import type { Connection } from "./connection.ts";
import type { Counts } from "./counts.ts";
import { readEvent } from "./spool-collector.ts";
import { spoolNames } from "./spool-files.ts";

export const socketName = "collector.sock";
const mostLine = 128 * 1024;
const mostConnections = 256;
const idleMs = 5_000;
/** Leaves time to put the event on the disk within the 250 ms that a writer waits. */
const deadlineMs = 180;

const person = {
  tenant: z.string().max(64),
  kind: z.enum(["guest", "user", "stranger"]),
  user_id: z.string().max(254),
};
const questionSchema = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("append"), line: z.string() }),
  z.strictObject({ op: z.literal("subject"), ...person }),
  z.strictObject({
    op: z.literal("provisional"),
    ...person,
    pid: z.string().regex(/^[0-9a-f]{32}$/),
    key: z.base64().length(44),
  }),
]);

type Question = z.output<typeof questionSchema>;

export interface CollectorSocketProps {
  readonly folder: string;
  readonly database: Pick<Connection, "run">;
  readonly subjects: {
    subjectOf(person: VaultPerson): Promise<Subject>;
    adopt(person: VaultPerson, provisional: Subject): Promise<Subject>;
  };
  readonly counts: Counts;
  readonly log: (entry: object) => void;
}

/** Answers the writers of this machine or pod: one JSON object a line, one question a connection. */
export class CollectorSocket {
  readonly #props: CollectorSocketProps;
  readonly #server: Server;
  readonly #store = new Breaker(deadlineMs);
  readonly #vault = new Breaker(deadlineMs);

  constructor(props: CollectorSocketProps) {
    this.#props = props;
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = mostConnections;
  }

  async listen(): Promise<void> {
    const path = join(this.#props.folder, socketName);
    await rm(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, resolve);
    });
    await chmod(path, 0o600);
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(join(this.#props.folder, socketName), { force: true });
  }

  #serve(socket: Socket): void {
    let received = "";
    socket.setEncoding("utf8");
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (part: string) => {
      received += part;
      if (received.length > mostLine) socket.destroy();
      const end = received.indexOf("\n");
      if (end < 0) return;
      socket.pause();
      void this.#answer(received.slice(0, end)).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    });
  }

  async #answer(line: string): Promise<object> {
    try {
      return await this.#act(questionSchema.parse(JSON.parse(line)));
    } catch (error) {
      this.#props.log({ event: "audit.question_failed", reason: error instanceof Error ? error.name : "unknown" });
      return { ok: false };
    }
  }

  async #act(question: Question): Promise<object> {
    if (question.op === "append") return this.#append(question.line);
    const { tenant, kind, user_id } = question;
    const who = { tenant, kind, user_id };
    const { subjects } = this.#props;
    const { pid, key } = await this.#vault.run(() =>
      question.op === "subject"
        ? subjects.subjectOf(who)
        : subjects.adopt(who, { pid: question.pid, key: Buffer.from(question.key, "base64") }),
    );
    return { ok: true, pid, key: key.toString("base64") };
  }

  async #append(line: string): Promise<object> {
    const event = readEvent(line);
    if (typeof event === "string") return { ok: false, reason: event };
    try {
      const [outcome] = await this.#store.run(() =>
        this.#props.database.run((client: pg.ClientBase) => appendEvents(client, [event.parts])),
      );
      if (outcome !== undefined) this.#props.counts.add(outcome);
      return outcome === "stored" || outcome === "same" ? { ok: true } : { ok: false, reason: outcome };
    } catch {
      // The writer has put the event on the spool; once that is on the disk, no death of a machine loses it.
      const { writer, epoch } = event.header;
      const kept = await this.#flush(`${writer}.${String(epoch)}.`);
      this.#props.counts.add("degraded");
      return kept ? { ok: true, degraded: true } : { ok: false, reason: "the spool has no such chain" };
    }
  }

  async #flush(prefix: string): Promise<boolean> {
    const names = (await spoolNames(this.#props.folder)).filter((name) => name.startsWith(prefix));
    for (const name of names) {
      const file = await open(join(this.#props.folder, name), "r");
      await file.datasync().finally(() => file.close());
    }
    return names.length > 0;
  }
}
