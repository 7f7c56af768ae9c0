import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";

const root = import.meta.dirname;

// Jest runs ES modules only with a flag of Node.js, which `npx jest` does not give.
if (vm.SourceTextModule === undefined) {
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const args = [...process.execArgv, ...flags, ...process.argv.slice(1)];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  process.exit(status ?? 1);
}

const swc = {
  jsc: {
    parser: { syntax: "typescript" },
    target: "es2022",
    experimental: { keepImportAttributes: true },
  },
  module: { type: "es6" },
  sourceMaps: "inline",
};

const minute = 60_000;

const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));

/** Packages of this repository by their names, as the compiler finds them. */
const ownPackages = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([name, [path]]) => [`^${name}$`, join("<rootDir>", path)]),
);

/** One project: the test files of a folder, or those of it that are slow. */
function project(displayName, testMatch, more = {}) {
  return {
    displayName,
    rootDir: root,
    roots: ["<rootDir>/test"],
    testMatch: [testMatch],
    testEnvironment: "node",
    extensionsToTreatAsEsm: [".ts"],
    transform: { "\\.ts$": ["@swc/jest", swc] },
    moduleNameMapper: ownPackages,
    setupFiles: ["<rootDir>/test/support/realm.ts"],
    ...more,
  };
}

const quick = "!(*.slow).test.ts";
const stack = {
  globalSetup: "<rootDir>/test/e2e/start-stack.mjs",
  globalTeardown: "<rootDir>/test/e2e/stop-stack.mjs",
};

/** Run only when they are named, such as `npx jest e2e`, `npx jest --selectProjects leaks` or by the path of a file. */
const onDemand = [
  project("slow", "<rootDir>/test/!(e2e)/**/*.slow.test.ts"),
  project("e2e", `<rootDir>/test/e2e/**/${quick}`, stack),
  project("e2e-slow", "<rootDir>/test/e2e/**/*.slow.test.ts", stack),
  project("leaks", `<rootDir>/test/leaks/**/${quick}`, stack),
];

function isNamed({ displayName }) {
  return process.argv.slice(2).some((argument) => {
    const words = argument.split(/[^a-z0-9]+/);
    return displayName.split("-").every((word) => words.includes(word));
  });
}

function hasTests(folder) {
  return readdirSync(join(root, folder), { recursive: true }).some((name) => name.endsWith(".test.ts"));
}

const rooms = readdirSync(join(root, "test"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !["e2e", "leaks"].includes(entry.name))
  .filter(({ name }) => hasTests(join("test", name)))
  .map(({ name }) => project(name, `<rootDir>/test/${name}/**/${quick}`));

const demanded = onDemand.filter(isNamed);

export default {
  projects: [...rooms, ...demanded],
  // Two files of one stack would disturb each other.
  maxWorkers: demanded.some(({ globalSetup }) => globalSetup !== undefined) ? 1 : 2,
  testTimeout: demanded.length > 0 ? 20 * minute : 5 * minute,
  workerIdleMemoryLimit: "1500MB",
};
