import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
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
    assert.deepEqual(state.problems(little), []);
    state.create();
    assert.deepEqual(state.problems(little), []);
  });

  it("is refused when a file is in the way, at the folder or above it", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    assert.match(new State(file).problems(little)[0] ?? "", /is a file.*--state DIR/);
    assert.match(new State(join(file, "below")).problems(little)[0] ?? "", /cannot be made/);
  });

  it("is refused when the disk is too full, before anything is installed", () => {
    const problems = new State(join(folder, "full")).problems({ firstStart: 1e18, laterStart: 1e18 });
    assert.match(problems[0] ?? "", /GB free; 1000000000\.0 GB are needed/);
  });

  it("is refused with foreign files, and --reset does not delete them", () => {
    const foreign = join(folder, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "thesis.odt"), "ten years");
    const state = new State(foreign);
    assert.match(state.problems(little)[0] ?? "", /not Homeroom's \(thesis\.odt\)/);
    assert.throws(() => state.reset(), StateError);
    assert.ok(existsSync(join(foreign, "thesis.odt")));
  });

  it("is corrupt with a damaged stamp, another format, a damaged database or an empty secret: all are told", () => {
    const state = new State(join(folder, "corrupt"));
    state.create();
    mkdirSync(state.path("postgres", "data"), { recursive: true });
    writeFileSync(join(state.secrets, "secret-key"), "");
    const problems = state.problems(little);
    assert.equal(problems.length, 2);
    assert.match(problems.join("\n"), /PG_VERSION holds ""/);
    assert.match(problems.join("\n"), /secret-key is empty/);
    writeFileSync(state.path("homeroom-state.json"), '{"format":99}');
    assert.match(
      state.problems(little)[0] ?? "",
      /format 99; this version reads format 1\. Begin anew with `npm start -- --reset`/,
    );
    writeFileSync(state.path("homeroom-state.json"), "{");
    assert.match(state.problems(little)[0] ?? "", /corrupt/);
    state.reset();
    assert.ok(!existsSync(state.root));
  });

  it("keeps secrets in files of mode 0600 and makes each only once", () => {
    const state = new State(join(folder, "secrets"));
    state.create();
    const secrets = new Secrets(state);
    const own = [{ tenant: "east", database: "homeroom_east" }];
    secrets.create(own);
    const first = secrets.platform("secretKey");
    const login = secrets.login(readerOf("east"));
    assert.equal(login.username, "analytics_reader_east_a");
    assert.equal(login.dbname, "homeroom_east");
    secrets.create(own);
    assert.deepEqual(secrets.login(readerOf("east")), login);
    assert.equal(secrets.platform("secretKey"), first);
    assert.ok(first.length >= 32);
    assert.notEqual(secrets.platform("adminPassword"), first);
    assert.equal(statSync(join(state.secrets, "secret-key")).mode & 0o777, 0o600);
    assert.equal(statSync(state.secrets).mode & 0o777, 0o700);
  });
});

describe("step markers", () => {
  const folder = temporaryFolder();

  it("hold for the same inputs only, and a damaged one counts as not done", () => {
    const state = new State(join(folder, "steps"));
    state.create();
    const marker = new Marker(state, "install", "one");
    assert.equal(marker.isDone, false);
    marker.done();
    assert.equal(new Marker(state, "install", "one").isDone, true);
    assert.equal(new Marker(state, "install", "two").isDone, false);
    writeFileSync(state.path("steps", "install.json"), "{");
    assert.equal(marker.isDone, false);
  });

  it("notice a changed file below a folder", () => {
    const inputs = join(folder, "inputs");
    mkdirSync(inputs);
    writeFileSync(join(inputs, "a"), "1");
    const before = hashOf(inputs);
    assert.equal(hashOf(inputs), before);
    writeFileSync(join(inputs, "a"), "2");
    assert.notEqual(hashOf(inputs), before);
  });
});
