import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { awsVenv, workshop } from "../support/workshop.ts";

const startSeconds = 60;

export interface Ministack {
  readonly endpoint: string;
  /** Settings that point an AWS SDK client, or a child process's environment, at it. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * MiniStack on a free loopback port, with nothing in it; it forgets everything at the end. It models less than AWS:
 * RotateSecret runs no function, PutSecretValue overwrites a version that has another value, a stage can be at two
 * versions, and neither IAM, key policies nor resource policies refuse anybody.
 */
export async function startMinistack({ region = "ap-southeast-2" } = {}): Promise<Ministack> {
  const venv = await awsVenv();
  const port = await freePort();
  mkdirSync(workshop, { recursive: true });
  const folder = mkdtempSync(join(workshop, "ministack-"));
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const child = spawn(join(venv, "bin/python"), ["-m", "ministack"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: region,
      // Keeps it away from a Docker daemon of this machine.
      DOCKER_HOST: `unix://${folder}/no-docker.sock`,
      LOG_LEVEL: "WARNING",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString("utf8")).slice(-4_000)));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await exited;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  for (const until = Date.now() + startSeconds * 1000; !(await answers(endpoint));) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`MiniStack was not up after ${startSeconds} s:\n${output}`);
    }
    await new Promise((wake) => setTimeout(wake, 200));
  }
  return {
    endpoint,
    client: { endpoint, region, credentials },
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    stop,
  };
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_ministack/health`).then(
    (response) => response.ok,
    () => false,
  );
}
