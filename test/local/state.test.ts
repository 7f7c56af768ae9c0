import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readerOf } from "../../runtime/rotation/database-users/database-user.ts";
import { Secrets } from "../../local/secrets.ts";
import { State, StateError } from "../../local/state.ts";
import { hashOf, Marker } from "../../local/step.ts";
import { temporaryFolder } from "./folder.ts";

const little = { firstStart: 1, laterStart: 1 };

describe("the state folder", () => {
  const folder = temporaryFolder();

  it("is good when absent, empty or ours", () => {
    const state = new State(join(folder, "good"));
    expect(state.findProblems(little)).toStrictEqual([]);
    state.create();
    expect(state.findProblems(little)).toStrictEqual([]);
  });

  it("is refused when a file is in the way, at the folder or above it", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(new State(file).findProblems(little)[0] ?? "").toMatch(/is a file.*--state DIR/);
    expect(new State(join(file, "below")).findProblems(little)[0] ?? "").toMatch(/cannot be made/);
  });

  it("is refused when the disk is too full, before anything is installed", () => {
    const problems = new State(join(folder, "full")).findProblems({ firstStart: 1e18, laterStart: 1e18 });
    expect(problems[0] ?? "").toMatch(/GB free; 1000000000\.0 GB are needed/);
  });

  it("is refused with foreign files, and --reset does not delete them", () => {
    const foreign = join(folder, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "thesis.odt"), "ten years");
    const state = new State(foreign);
    expect(state.findProblems(little)[0] ?? "").toMatch(/not Homeroom's \(thesis\.odt\)/);
    expect(() => state.reset()).toThrow(StateError);
    expect(existsSync(join(foreign, "thesis.odt"))).toBe(true);
  });

  it("is corrupt with a damaged stamp, another format, a damaged database or an empty secret: all are told", () => {
    const state = new State(join(folder, "corrupt"));
    state.create();
    mkdirSync(state.path("postgres", "data"), { recursive: true });
    writeFileSync(join(state.secrets, "secret-key"), "");
    const problems = state.findProblems(little);
    expect(problems).toHaveLength(2);
    expect(problems.join("\n")).toMatch(/PG_VERSION holds ""/);
    expect(problems.join("\n")).toMatch(/secret-key is empty/);
    writeFileSync(state.path("homeroom-state.json"), '{"format":99}');
    expect(state.findProblems(little)[0] ?? "").toMatch(
      /format 99; this version reads format 1\. Begin anew with `npm start -- --reset`/,
    );
    writeFileSync(state.path("homeroom-state.json"), "{");
    expect(state.findProblems(little)[0] ?? "").toMatch(/corrupt/);
    state.reset();
    expect(existsSync(state.root)).toBe(false);
  });

  it("keeps secrets in files of mode 0600 and makes each only once", () => {
    const state = new State(join(folder, "secrets"));
    state.create();
    const secrets = new Secrets(state);
    const own = [{ tenant: "east", database: "homeroom_east" }];
    secrets.create(own);
    const first = secrets.mountedSecret("secretKey");
    const login = secrets.login(readerOf("east"));
    expect(login.username).toBe("analytics_reader_east_a");
    expect(login.dbname).toBe("homeroom_east");
    secrets.create(own);
    expect(secrets.login(readerOf("east"))).toStrictEqual(login);
    expect(secrets.mountedSecret("secretKey")).toBe(first);
    expect(first.length).toBeGreaterThanOrEqual(32);
    expect(secrets.mountedSecret("adminPassword")).not.toBe(first);
    expect(statSync(join(state.secrets, "secret-key")).mode & 0o777).toBe(0o600);
    expect(statSync(state.secrets).mode & 0o777).toBe(0o700);
  });
});

describe("step markers", () => {
  const folder = temporaryFolder();

  it("hold for the same inputs only, and a damaged one counts as not done", () => {
    const state = new State(join(folder, "steps"));
    state.create();
    const marker = new Marker(state, "install", "one");
    expect(marker.isDone).toBe(false);
    marker.done();
    expect(new Marker(state, "install", "one").isDone).toBe(true);
    expect(new Marker(state, "install", "two").isDone).toBe(false);
    writeFileSync(state.path("steps", "install.json"), "{");
    expect(marker.isDone).toBe(false);
  });

  it("notice a changed file below a folder", () => {
    const inputs = join(folder, "inputs");
    mkdirSync(inputs);
    writeFileSync(join(inputs, "a"), "1");
    const before = hashOf(inputs);
    expect(hashOf(inputs)).toBe(before);
    writeFileSync(join(inputs, "a"), "2");
    expect(hashOf(inputs)).not.toBe(before);
  });
});
