import { spawnSync } from "node:child_process";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { brotliDecompressSync, createBrotliDecompress } from "node:zlib";

/** A browser to start and the environment it needs. */
export interface Chromium {
  readonly executable: string;
  readonly environment: Readonly<Record<string, string>>;
}

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function onPath(): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of names) {
      const candidate = join(folder, name);
      if (folder !== "" && existsSync(candidate)) return candidate;
    }
  }
  return undefined;
}

function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium/package.json"));
}

function archiveFolder(): string {
  const guess = join(import.meta.dirname, "../../node_modules/@sparticuz/chromium");
  return join(existsSync(guess) ? guess : packageFolder(), "bin");
}

function untar(archive: string, target: string): void {
  // The archive is passed in one piece: tar stops reading at the end mark, which would break a pipe.
  const input = brotliDecompressSync(readFileSync(archive));
  const { status } = spawnSync("tar", ["-x", "--no-same-owner", "-f", "-", "-C", target], { input });
  if (status !== 0) throw new Error(`${archive}: tar ended with ${status}; is the package complete? Run npm ci.`);
}

async function unpack(target: string): Promise<void> {
  const archives = archiveFolder();
  const part = `${target}.${process.pid}`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  await pipeline(
    createReadStream(join(archives, "chromium.br")),
    createBrotliDecompress(),
    createWriteStream(join(part, "chromium"), { mode: 0o755 }),
  );
  for (const name of ["al2023", "swiftshader", "fonts"]) untar(join(archives, `${name}.tar.br`), part);
  try {
    renameSync(part, target);
  } catch (error) {
    if (!existsSync(join(target, "chromium"))) throw error;
    rmSync(part, { recursive: true, force: true });
  }
}

/** Libraries that the dynamic linker cannot find for this executable. */
export function missingLibraries(chromium: Chromium): string[] {
  const listing = spawnSync("ldd", [chromium.executable], {
    encoding: "utf8",
    env: { ...process.env, ...chromium.environment },
  });
  return (listing.stdout ?? "")
    .split("\n")
    .filter((line) => line.includes("not found"))
    .map((line) => line.trim().split(" ")[0] ?? line);
}

/** The archive's own settings name folders of AWS Lambda. */
function fontSettings(folder: string): string {
  const path = join(folder, "homeroom-fonts.conf");
  const folders = `<dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "fonts-cache")}</cachedir>`;
  writeFileSync(
    path,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders}</fontconfig>\n`,
  );
  return path;
}

/** The packaged browser, unpacked once; its own archive carries libnss3 and libnspr4, which a bare Debian lacks. */
export async function packagedChromium(stateDir: string): Promise<Chromium> {
  const { version } = JSON.parse(readFileSync(join(archiveFolder(), "../package.json"), "utf8")) as { version: string };
  const folder = join(stateDir, `chromium-${version}`);
  if (!existsSync(join(folder, "chromium"))) {
    mkdirSync(stateDir, { recursive: true });
    await unpack(folder);
  }
  const libraries = [join(folder, "lib"), process.env["LD_LIBRARY_PATH"]].filter(
    (entry) => entry !== undefined && entry !== "",
  );
  const environment: Record<string, string> = { LD_LIBRARY_PATH: libraries.join(":") };
  if (!existsSync("/etc/fonts/fonts.conf")) environment["FONTCONFIG_FILE"] = fontSettings(folder);
  return { executable: join(folder, "chromium"), environment };
}

/** Finds a browser: CHROME_PATH, or else a Chromium on PATH, or else the packaged one. */
export async function findChromium(stateDir: string): Promise<Chromium> {
  const named = process.env["CHROME_PATH"];
  if (named !== undefined && named !== "") {
    if (!existsSync(named))
      throw new Error(`CHROME_PATH=${named}: no such file. Name a Chromium executable or unset it.`);
    return { executable: named, environment: {} };
  }
  const found = onPath();
  return found === undefined ? packagedChromium(stateDir) : { executable: found, environment: {} };
}
