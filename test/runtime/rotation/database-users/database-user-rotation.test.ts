import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SecretsManagerVersions } from "../../../../runtime/adapters/aws/secrets-manager-versions.ts";
import { loginsOf } from "../../../../contract/index.ts";
import { databaseUsers } from "../../../../runtime/rotation/database-users/database-user.ts";
import { DatabaseUserRotation } from "../../../../runtime/rotation/database-users/database-user-rotation.ts";
import { parseLoginSecret } from "../../../../runtime/rotation/database-users/login-secret.ts";
import { Killed, SecretsManagerFake } from "../../tokens/keys/secrets-manager-fake.ts";
import { FakeLogins } from "./fake-logins.ts";

const user = databaseUsers.find(({ name }) => name === "metadata-user") ?? assert.fail("no metadata-user");
const [a = "", b = ""] = loginsOf(user);
const secret = "homeroom/test/metadata-user";
const request = (number: number): string => `request-${number}`.padEnd(36, "0");
const steps = ["create", "set", "test", "finish"] as const;
const first = {
  engine: "postgres",
  host: "db.example",
  port: 5432,
  dbname: "meta",
  username: a,
  password: "0".repeat(40),
};

class World {
  readonly aws = new SecretsManagerFake();
  readonly database = new FakeLogins(user);

  constructor() {
    this.aws.create(secret, JSON.stringify(first));
  }

  rotation(): DatabaseUserRotation {
    const versions = new SecretsManagerVersions(this.aws.client);
    return new DatabaseUserRotation({ versions, secret, user, database: this.database });
  }

  async rotate(id: string): Promise<void> {
    for (const step of steps) await this.rotation()[step](id);
  }

  current(): ReturnType<typeof parseLoginSecret> {
    return parseLoginSecret(this.aws.current(secret), secret);
  }

  /** What must hold at every moment after the first rotation: the secret that programs read opens the database. */
  assertOpens(): void {
    const { username, password } = this.current();
    assert.equal(this.database.passwords.get(username), password, `${username} of the secret does not open`);
  }
}

async function started(): Promise<World> {
  const world = new World();
  await world.rotate(request(0));
  return world;
}

describe("rotation of a database user", () => {
  it("makes the logins of a new database, and the secret that pods have mounted already opens it", async () => {
    const world = await started();
    assert.equal(world.current().username, b);
    assert.equal(world.database.passwords.get(a), first.password);
    world.assertOpens();
  });

  it("goes from one login to the other and leaves the one that was in use alone", async () => {
    const world = await started();
    for (const [number, next] of [a, b, a].entries()) {
      const before = world.current();
      await world.rotate(request(number + 1));
      assert.equal(world.current().username, next);
      assert.equal(world.database.passwords.get(before.username), before.password);
      world.assertOpens();
    }
  });

  it("keeps engine, host, port and dbname, and makes a password that needs no quoting", async () => {
    const { username, password, ...rest } = (await started()).current();
    assert.deepEqual(rest, { engine: "postgres", host: "db.example", port: 5432, dbname: "meta" });
    assert.equal(username, b);
    assert.match(password, /^[\w-]{43}$/);
  });

  it("changes nothing when every step is repeated", async () => {
    const world = await started();
    const all = (): string => JSON.stringify([[...world.database.passwords], world.aws.current(secret)]);
    for (const step of steps) {
      await world.rotation()[step](request(1));
      const before = all();
      await world.rotation()[step](request(1));
      assert.equal(all(), before, step);
    }
    const before = all();
    await world.rotate(request(1));
    assert.equal(all(), before);
  });

  for (const part of ["aws", "database"] as const) {
    it(`is safe to kill before and after each call of ${part}`, async () => {
      const whole = await started();
      const before = whole[part].calls;
      await whole.rotate(request(1));
      const calls = whole[part].calls - before;
      assert.ok(calls >= (part === "aws" ? 10 : 4), `${calls} calls`);
      for (let call = 1; call <= calls; call += 1) {
        for (const when of ["before", "after"] as const) {
          const world = await started();
          world[part].kill = { call: world[part].calls + call, when };
          await assert.rejects(world.rotate(request(1)), Killed, `killed ${when} call ${call}`);
          world.assertOpens();
          world[part].kill = undefined;
          await world.rotate(request(1));
          assert.equal(world.current().username, a);
          world.assertOpens();
        }
      }
    });
  }

  it("is safe to run twice at once", async () => {
    for (let round = 0; round < 20; round += 1) {
      const world = await started();
      const late = (async () => {
        for (let wait = 0; wait < round; wait += 1) await new Promise((resolve) => setImmediate(resolve));
        await world.rotate(request(1));
      })();
      await Promise.all([world.rotate(request(1)), late]);
      assert.equal(world.current().username, a);
      world.assertOpens();
    }
  });

  it("does not begin while another request is pending", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    await world.rotation().set(request(1));
    await assert.rejects(world.rotation().create(request(2)), /is not finished/);
    await world.rotate(request(1));
    await world.rotate(request(2));
    world.assertOpens();
  });

  it("refuses a request that is not pending, in every step that acts on it", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    const before = [...world.database.passwords];
    for (const step of ["set", "test", "finish"] as const)
      await assert.rejects(world.rotation()[step](request(9)), /version request-9.* is not AWSPENDING/);
    assert.deepEqual([...world.database.passwords], before);
    world.assertOpens();
  });

  it("does not finish with a password that the database refuses", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    await assert.rejects(world.rotation().test(request(1)), /does not open .* with the pending password/);
    await assert.rejects(world.rotation().finish(request(1)), /does not open/);
    world.assertOpens();
  });

  it("refuses a pending secret that names the login in use, or one of another role", async () => {
    for (const username of [b, "postgres"]) {
      const world = await started();
      const text = JSON.stringify({ ...first, username });
      await new SecretsManagerVersions(world.aws.client).put(secret, { id: request(1), text }, "AWSPENDING");
      const before = [...world.database.passwords];
      await assert.rejects(world.rotation().set(request(1)), new RegExp(`${username} is pending and ${b} is in use`));
      assert.deepEqual([...world.database.passwords], before);
    }
  });

  it("names a broken secret and never its value", async () => {
    for (const text of ["hunter2hunter2hunter2", '{"username":"x","password":"hunter2"}', '{"password":"hunter2"}']) {
      const world = new World();
      world.aws.replaceCurrent(secret, text);
      await assert.rejects(world.rotation().create(request(1)), (error: Error) => {
        assert.match(error.message, /homeroom\/test\/metadata-user/);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    }
  });
});
