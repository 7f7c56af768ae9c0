import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import type { SupervisedProcess } from "./supervised-process.ts";
import type { Processes } from "./processes.ts";
import type { LocalSettings } from "./settings.ts";
import type { State } from "./state.ts";

export interface RedisProps {
  readonly name: "redis-cache" | "redis-broker";
  readonly port: number;
  readonly memory: string;
  /** Eviction policy when memory is full: a cache evicts keys, a queue must not. */
  readonly eviction: "allkeys-lru" | "noeviction";
  readonly password: string;
  readonly users?: readonly RedisUser[];
}

export interface RedisUser {
  readonly name: string;
  readonly password: string;
  /** Allowed keys and commands in the syntax of Redis's ACL; all others are refused. */
  readonly rules: string;
}

export function redisConfiguration(address: string, folder: string, props: RedisProps): string {
  const persistence =
    props.eviction === "noeviction"
      ? ["appendonly yes", "appendfsync everysec", 'save ""']
      : ["appendonly no", "save 300 1"];
  return [
    `bind ${address}`,
    `port ${props.port}`,
    "protected-mode yes",
    `requirepass ${props.password}`,
    ...(props.users ?? []).map(({ name, password, rules }) => `user ${name} on #${sha256(password)} ${rules}`),
    `dir "${folder}"`,
    `maxmemory ${props.memory}`,
    `maxmemory-policy ${props.eviction}`,
    "daemonize no",
    'logfile ""',
    ...persistence,
    "",
  ].join("\n");
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export class Redis {
  readonly #state: State;
  readonly #settings: LocalSettings;
  readonly #props: RedisProps;

  constructor(state: State, settings: LocalSettings, props: RedisProps) {
    this.#state = state;
    this.#settings = settings;
    this.#props = props;
  }

  start(processes: Processes, program: string, env: NodeJS.ProcessEnv): SupervisedProcess {
    const folder = this.#state.path(this.#props.name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // The password is in a file of mode 0600, because an argument would show it in the process list.
    const file = this.#state.path(this.#props.name, "redis.conf");
    writeFileSync(`${file}.new`, redisConfiguration(this.#settings.address, folder, this.#props), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return processes.start({ name: this.#props.name, layer: "data", command: program, args: [file], env, cwd: folder });
  }

  isReady(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.#settings.address, port: this.#props.port });
      socket.setTimeout(2_000, () => socket.destroy());
      socket.once("connect", () => socket.write(`AUTH ${this.#props.password}\r\nPING\r\n`));
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk.toString("latin1");
        if (answer.includes("PONG") || answer.includes("-")) socket.end();
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(answer.includes("+PONG")));
    });
  }
}
