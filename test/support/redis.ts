import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { freePort } from "./free-port.ts";
import { platform, tokenServiceUser } from "../../contract/index.ts";
import { redisConfiguration } from "../../local/redis.ts";
import { State } from "../../local/state.ts";
import { Tools } from "../../local/tools.ts";
import { devVenv, root, workshop } from "./workshop.ts";

const adminPassword = "admin-password";
const password = "tokens-password";

/**
 * A real Redis on a free port, with the configuration of the local broker; `url` and `passwordFile` are the token
 * service's.
 */
export class TestRedis {
  readonly folder = mkdtempSync(join(tmpdir(), "homeroom-redis-"));
  readonly passwordFile = join(this.folder, "password");
  port = 0;
  #process: ChildProcess | undefined;

  get url(): string {
    return `redis://${tokenServiceUser.name}@127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    await devVenv();
    this.port ||= await freePort();
    const data = join(this.folder, "data");
    mkdirSync(data, { recursive: true });
    writeFileSync(this.passwordFile, `${password}\n`, { mode: 0o600 });
    const props = {
      name: "redis-broker" as const,
      port: this.port,
      memory: "64mb",
      eviction: "noeviction" as const,
      password: adminPassword,
      users: [{ ...tokenServiceUser, password }],
    };
    const file = join(this.folder, "redis.conf");
    writeFileSync(file, redisConfiguration("127.0.0.1", data, props));
    const program = await new Tools(new State(workshop), root).redis();
    this.#process = spawn(program, [file], { stdio: "ignore" });
    for (let attempt = 0; !(await this.#answers()); attempt += 1) {
      if (attempt > 100) throw new Error(`${program} does not answer on port ${this.port}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Connects to the trust store's database as the user with all rights. */
  async admin<T>(work: (client: ReturnType<typeof administrator>) => Promise<T>): Promise<T> {
    const client = administrator(this.port);
    await client.connect();
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  }

  /** Keeps the data for another start. */
  async stop(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGTERM");
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1", () => socket.write(`AUTH ${adminPassword}\r\nPING\r\n`));
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (text.includes("PONG") || text.includes("-")) socket.end();
      });
      socket.on("error", () => resolve(false));
      socket.on("close", () => resolve(text.includes("PONG")));
    });
  }
}

const administrator = (port: number) =>
  createClient({
    RESP: 2,
    password: adminPassword,
    database: platform.trustStore.redisDatabase,
    socket: { host: "127.0.0.1", port },
  });
