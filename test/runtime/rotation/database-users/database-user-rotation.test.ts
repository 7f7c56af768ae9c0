import { describe, expect, it } from "@jest/globals";
import { SecretsManagerVersions } from "../../../../runtime/adapters/aws/secrets-manager-versions.ts";
import { loginsOf } from "../../../../contract/index.ts";
import { databaseUsers } from "../../../../runtime/rotation/database-users/database-user.ts";
import { DatabaseUserRotation } from "../../../../runtime/rotation/database-users/database-user-rotation.ts";
import { parseLoginSecret } from "../../../../runtime/rotation/database-users/login-secret.ts";
import { Killed, SecretsManagerFake } from "../../tokens/keys/secrets-manager-fake.ts";
import { FakeLogins } from "./fake-logins.ts";
import { expecting } from "../../../support/expecting.ts";
import { fail } from "../../../support/narrowing.ts";
import { rejection } from "../../../support/thrown.ts";

const user = databaseUsers.find(({ name }) => name === "metadata-user") ?? fail("no metadata-user");
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

  /**
   * Checks what must hold at every moment after the first rotation: the secret that programs read opens the database.
   */
  assertOpens(): void {
    const { username, password } = this.current();
    expecting(`${username} of the secret does not open`, this.database.passwords.get(username)).toBe(password);
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
    expect(world.current().username).toBe(b);
    expect(world.database.passwords.get(a)).toBe(first.password);
    world.assertOpens();
  });

  it("goes from one login to the other and leaves the one that was in use alone", async () => {
    const world = await started();
    for (const [number, next] of [a, b, a].entries()) {
      const before = world.current();
      await world.rotate(request(number + 1));
      expect(world.current().username).toBe(next);
      expect(world.database.passwords.get(before.username)).toBe(before.password);
      world.assertOpens();
    }
  });

  it("keeps engine, host, port and dbname, and makes a password that needs no quoting", async () => {
    const { username, password, ...rest } = (await started()).current();
    expect(rest).toStrictEqual({ engine: "postgres", host: "db.example", port: 5432, dbname: "meta" });
    expect(username).toBe(b);
    expect(password).toMatch(/^[\w-]{43}$/);
  });

  it("changes nothing when every step is repeated", async () => {
    const world = await started();
    const all = (): string => JSON.stringify([[...world.database.passwords], world.aws.current(secret)]);
    for (const step of steps) {
      await world.rotation()[step](request(1));
      const before = all();
      await world.rotation()[step](request(1));
      expecting(step, all()).toBe(before);
    }
    const before = all();
    await world.rotate(request(1));
    expect(all()).toBe(before);
  });

  for (const part of ["aws", "database"] as const) {
    it(`is safe to kill before and after each call of ${part}`, async () => {
      const whole = await started();
      const before = whole[part].calls;
      await whole.rotate(request(1));
      const calls = whole[part].calls - before;
      expecting(`${calls} calls`, calls).toBeGreaterThanOrEqual(part === "aws" ? 10 : 4);
      for (let call = 1; call <= calls; call += 1) {
        for (const when of ["before", "after"] as const) {
          const world = await started();
          world[part].kill = { call: world[part].calls + call, when };
          await expecting(`killed ${when} call ${call}`, world.rotate(request(1))).rejects.toThrow(Killed);
          world.assertOpens();
          world[part].kill = undefined;
          await world.rotate(request(1));
          expect(world.current().username).toBe(a);
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
      expect(world.current().username).toBe(a);
      world.assertOpens();
    }
  });

  it("does not begin while another request is pending", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    await world.rotation().set(request(1));
    await expect(world.rotation().create(request(2))).rejects.toThrow(/is not finished/);
    await world.rotate(request(1));
    await world.rotate(request(2));
    world.assertOpens();
  });

  it("refuses a request that is not pending, in every step that acts on it", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    const before = [...world.database.passwords];
    for (const step of ["set", "test", "finish"] as const)
      await expect(world.rotation()[step](request(9))).rejects.toThrow(/version request-9.* is not AWSPENDING/);
    expect([...world.database.passwords]).toStrictEqual(before);
    world.assertOpens();
  });

  it("does not finish with a password that the database refuses", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    await expect(world.rotation().test(request(1))).rejects.toThrow(/does not open .* with the pending password/);
    await expect(world.rotation().finish(request(1))).rejects.toThrow(/does not open/);
    world.assertOpens();
  });

  it("refuses a pending secret that names the login in use, or one of another role", async () => {
    for (const username of [b, "postgres"]) {
      const world = await started();
      const text = JSON.stringify({ ...first, username });
      await new SecretsManagerVersions(world.aws.client).put(secret, { id: request(1), text }, "AWSPENDING");
      const before = [...world.database.passwords];
      await expect(world.rotation().set(request(1))).rejects.toThrow(
        new RegExp(`${username} is pending and ${b} is in use`),
      );
      expect([...world.database.passwords]).toStrictEqual(before);
    }
  });

  it("names a broken secret and never its value", async () => {
    for (const text of ["hunter2hunter2hunter2", '{"username":"x","password":"hunter2"}', '{"password":"hunter2"}']) {
      const world = new World();
      world.aws.replaceCurrent(secret, text);
      const error = (await rejection(world.rotation().create(request(1)))) as Error;
      expect(error.message).toMatch(/homeroom\/test\/metadata-user/);
      expect(error.message).not.toMatch(/hunter2/);
    }
  });
});
