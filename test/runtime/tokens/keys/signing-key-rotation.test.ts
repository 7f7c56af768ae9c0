import { createPrivateKey, type KeyObject } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { platform } from "../../../../contract/index.ts";
import { SecretsManagerVersions } from "../../../../runtime/adapters/aws/secrets-manager-versions.ts";
import { SecretsManagerKeyStore } from "../../../../runtime/adapters/aws/secrets-manager-key-store.ts";
import { revoke, rotate } from "../../../../runtime/tokens/keys/key-rotation.ts";
import { mintToken } from "../../../../runtime/tokens/minting/mint.ts";
import {
  generateSigningKey,
  type Jwks,
  type NewSigningKey,
  parseJwks,
  type SigningKeyProps,
} from "../../../../runtime/tokens/keys/signing-key.ts";
import { SigningKeyRotation } from "../../../../runtime/tokens/keys/signing-key-rotation.ts";
import { parseSigningSecret, privateHalf } from "../../../../runtime/tokens/keys/signing-secret.ts";
import { Killed, SecretsManagerFake } from "./secrets-manager-fake.ts";
import { expecting } from "../../../support/expecting.ts";
import { rejection } from "../../../support/thrown.ts";

const generated = "a1".repeat(32);
const issuers = [
  { iss: "https://north.example", tenants: ["north"] },
  { iss: "https://south.example", tenants: ["south", "south-east"] },
];
const activateAfterSeconds = 600;
const retireAfterSeconds = platform.limits.tokenMaxAgeSeconds + platform.limits.clockSkewSeconds;
const request = (number: number): string => `request-${number}`.padEnd(36, "0");
const steps = ["create", "set", "test", "finish"] as const;

const pool: Promise<NewSigningKey>[] = [];

/** Making RSA keys takes most of the time, so worlds share a pool; within one world each is new. */
async function pooled(position: number, { issuer, tenants, activateAt }: SigningKeyProps): Promise<NewSigningKey> {
  pool[position] ??= generateSigningKey({ issuer, tenants, activateAt });
  const { privateKey, publicKey } = await pool[position];
  return { privateKey, publicKey: { ...publicKey, iss: issuer, tenants: [...tenants], activate_at: activateAt } };
}

class World {
  readonly aws = new SecretsManagerFake();
  now = 1_800_000_000;
  made = issuers.length;

  constructor() {
    this.aws.create("signing", generated);
    this.aws.create("jwks", generated);
  }

  versions(): SecretsManagerVersions {
    return new SecretsManagerVersions(this.aws.client);
  }

  /** The key store that an operator's command works on. */
  store(): SecretsManagerKeyStore {
    return new SecretsManagerKeyStore({
      versions: this.versions(),
      jwksSecret: "jwks",
      signingKeysSecret: "signing",
    });
  }

  rotation(): SigningKeyRotation {
    return new SigningKeyRotation({
      versions: this.versions(),
      signingKeysSecret: "signing",
      jwksSecret: "jwks",
      issuers,
      activateAfterSeconds,
      retireAfterSeconds,
      generate: (props) => pooled(this.made++, props),
      clock: () => this.now,
    });
  }

  async rotate(id: string): Promise<void> {
    for (const step of steps) await this.rotation()[step](id);
  }

  jwks(): Jwks {
    return parseJwks(this.aws.current("jwks"), "jwks");
  }

  held(): Map<string, KeyObject> {
    const { keys } = parseSigningSecret(this.aws.current("signing"), "signing");
    return new Map(keys.map(({ kid, private_key }) => [kid, createPrivateKey(private_key)]));
  }

  /** Signs as the token service does: with the current secrets and nothing else. */
  async kid(tenant: string): Promise<string> {
    const held = this.held();
    const person = {
      user_id: 1,
      username: "ada",
      email: "ada@north.example",
      first_name: "Ada",
      last_name: "",
      role: "principal" as const,
      school_id: 1,
    };
    const keys = {
      read: () => Promise.resolve(this.jwks()),
      privateKey: (kid: string) => Promise.resolve(held.get(kid)),
      add: () => Promise.reject(new Error("read only")),
      change: () => Promise.reject(new Error("read only")),
    };
    return (
      await mintToken({ person, tenant, dashboard: "student-progress" }, { keys, audience: "homeroom", now: this.now })
    ).kid;
  }

  /** The state in which a rotation must leave the secrets, however often it was killed. */
  assertWhole(liveKeys = 1): void {
    const { keys } = this.jwks();
    const held = this.held();
    for (const { iss } of issuers) {
      const open = keys.filter((key) => key.iss === iss && key.retire_at === null);
      expecting(`${iss} has ${open.length} open keys`, open).toHaveLength(liveKeys);
      for (const { kid } of open)
        expecting(`${kid} is published and nobody can sign with it`, held.has(kid)).toBe(true);
    }
    expect(this.aws.current("jwks")).not.toMatch(/private_key|PRIVATE/);
  }
}

let first: { signing: string; jwks: string } | undefined;

/** A day after the first rotation. */
async function started(): Promise<World> {
  const world = new World();
  if (first === undefined) {
    world.made = 0;
    await world.rotate(request(0));
    first = { signing: world.aws.current("signing"), jwks: world.aws.current("jwks") };
  }
  world.aws.create("signing", first.signing);
  world.aws.create("jwks", first.jwks);
  world.now += 86_400;
  return world;
}

describe("rotation of signing keys in Secrets Manager", () => {
  it("turns the generated values into keys that sign at once", async () => {
    const world = new World();
    await world.rotate(request(0));
    world.assertWhole();
    for (const { tenants } of issuers) for (const tenant of tenants) expect(await world.kid(tenant)).toBeTruthy();
  });

  it("publishes before it signs and keeps the old key until its last token has ended", async () => {
    const world = await started();
    const old = await world.kid("north");
    await world.rotate(request(1));
    expect(await world.kid("north")).toBe(old);
    world.now += activateAfterSeconds - 1;
    expect(await world.kid("north")).toBe(old);
    const lastExpiry = world.now + platform.limits.tokenMaxAgeSeconds;
    world.now += 1;
    expect(await world.kid("north")).not.toBe(old);
    const retireAt = world.jwks().keys.find(({ kid }) => kid === old)?.retire_at ?? 0;
    expect(retireAt).toBeGreaterThanOrEqual(lastExpiry + platform.limits.clockSkewSeconds);
    world.assertWhole();
  });

  it("changes nothing when every step is repeated", async () => {
    const world = await started();
    for (const step of steps) {
      await world.rotation()[step](request(1));
      const before = JSON.stringify([world.aws.current("jwks"), world.aws.current("signing")]);
      world.now += 60;
      await world.rotation()[step](request(1));
      expecting(step, JSON.stringify([world.aws.current("jwks"), world.aws.current("signing")])).toBe(before);
    }
    for (const step of steps) await world.rotation()[step](request(1));
    world.assertWhole();
    expect(world.jwks().keys).toHaveLength(4);
  });

  it("is safe to kill before and after each of its calls", async () => {
    const whole = await started();
    const before = whole.aws.calls;
    await whole.rotate(request(1));
    const calls = whole.aws.calls - before;
    expect(calls).toBeGreaterThan(8);
    for (let call = 1; call <= calls; call += 1) {
      for (const when of ["before", "after"] as const) {
        const world = await started();
        const old = await world.kid("north");
        world.aws.kill = { call: world.aws.calls + call, when };
        await expecting(`killed ${when} call ${call}`, world.rotate(request(1))).rejects.toThrow(Killed);
        world.aws.kill = undefined;
        expecting(`killed ${when} call ${call}: signing stopped`, await world.kid("north")).toBe(old);
        world.now += 30;
        await world.rotate(request(1));
        world.assertWhole();
        expecting(`killed ${when} call ${call}`, world.jwks().keys).toHaveLength(4);
      }
    }
  });

  it("starts anew after a rotation that was given up at any call", async () => {
    const whole = await started();
    const before = whole.aws.calls;
    await whole.rotate(request(1));
    const calls = whole.aws.calls - before;
    for (let call = 1; call <= calls; call += 1) {
      const world = await started();
      world.aws.kill = { call: world.aws.calls + call, when: "before" };
      await expect(world.rotate(request(1))).rejects.toThrow(Killed);
      world.now += activateAfterSeconds + 60;
      expecting(`given up at call ${call}: signing stopped`, await world.kid("north")).toBeTruthy();
      await world.rotate(request(2));
      world.assertWhole();
      expect(await world.kid("north")).toBeTruthy();
    }
  });

  it("ends in one set of keys when two runs go at once", async () => {
    const world = await started();
    for (const step of steps) {
      await Promise.all([world.rotation()[step](request(1)), world.rotation()[step](request(1))]);
    }
    world.assertWhole();
    expect(world.jwks().keys).toHaveLength(4);
  });

  it("keeps what another writer published meanwhile", async () => {
    const world = await started();
    const old = await world.kid("north");
    await world.rotation().create(request(1));
    let writes = 0;
    world.aws.interfere = () => {
      writes += 1;
      if (writes !== 2) return;
      const keys = world.jwks().keys.map((key) => (key.kid === old ? { ...key, retire_at: world.now } : key));
      world.aws.replaceCurrent("jwks", JSON.stringify({ keys }));
    };
    await world.rotation().set(request(1));
    world.aws.interfere = undefined;
    expecting("a revocation was undone", world.jwks().keys.find(({ kid }) => kid === old)?.retire_at).toBe(world.now);
    expect(world.jwks().keys).toHaveLength(4);
  });

  it("lets a revoked key stay revoked and replaces it at once", async () => {
    const world = await started();
    const revokedAt = world.now;
    const keys = world.jwks().keys.map((key) => ({ ...key, retire_at: revokedAt }));
    world.aws.replaceCurrent("jwks", JSON.stringify({ keys }));
    await expect(world.kid("north")).rejects.toThrow(/no active key/);
    await world.rotate(request(1));
    expect(await world.kid("north")).toBeTruthy();
    expect(world.jwks().keys.filter(({ retire_at }) => retire_at === revokedAt)).toHaveLength(2);
  });

  it("is given up rather than lose a key that was made meanwhile, and the next one goes through", async () => {
    const world = await started();
    const store = world.store();
    await world.rotation().create(request(1));
    await revoke(store, await world.kid("north"), world.now);
    const emergency = await rotate(store, { issuer: "https://north.example", now: world.now, leadSeconds: 0 });
    for (const step of ["set", "test"] as const) await world.rotation()[step](request(1));
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(world.rotation().finish(request(1))).rejects.toThrow(
        new RegExp(`signing: ${emergency.kid} was added .*run the rotation again`),
      );
      expect(await world.kid("north")).toBe(emergency.kid);
    }
    expect(await world.versions().read("signing", { stage: "AWSPENDING" })).toBeUndefined();
    await expect(world.rotation().set(request(1))).rejects.toThrow(/is not AWSPENDING/);
    await world.rotate(request(2));
    expect(await world.kid("north")).toBe(emergency.kid);
    world.now += activateAfterSeconds;
    expect(await world.kid("north")).not.toBe(emergency.kid);
    world.assertWhole();
  });

  it("is given up rather than lose a key that is held and not published yet", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    await world.rotation().set(request(1));
    const next = await pooled(world.made++, { issuer: "https://north.example", tenants: ["north"], activateAt: 0 });
    const { keys } = parseSigningSecret(world.aws.current("signing"), "signing");
    world.aws.replaceCurrent("signing", JSON.stringify({ keys: [...keys, privateHalf(next)] }));
    await expect(world.rotation().finish(request(1))).rejects.toThrow(/was added since this rotation began/);
    await world.store().add([next]);
    await world.rotate(request(2));
    expect(world.held().has(next.publicKey.kid)).toBe(true);
  });

  it("is finished when what it lacks is a key that has ended", async () => {
    const world = await started();
    const store = world.store();
    await world.rotation().create(request(1));
    const emergency = await rotate(store, { issuer: "https://north.example", now: world.now, leadSeconds: 0 });
    await revoke(store, emergency.kid, world.now);
    for (const step of ["set", "test", "finish"] as const) await world.rotation()[step](request(1));
    expect(world.held().has(emergency.kid)).toBe(false);
  });

  it("gives up rather than spin when the JWKS changes under it again and again", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    world.aws.interfere = () => world.aws.replaceCurrent("jwks", world.aws.current("jwks"));
    await expect(world.rotation().set(request(1))).rejects.toThrow(/changed 5 times/);
  });

  it("refuses to finish what is not published, and to publish what is not pending", async () => {
    const world = await started();
    await world.rotation().create(request(1));
    await expect(world.rotation().finish(request(1))).rejects.toThrow(/no pending key whose signature/);
    await expect(world.rotation().set(request(9))).rejects.toThrow(/is not AWSPENDING/);
    await world.rotation().create(request(2));
    await expect(world.rotation().set(request(1))).rejects.toThrow(/is not AWSPENDING/);
  });

  it("refuses a damaged secret without quoting it", async () => {
    const world = await started();
    world.aws.replaceCurrent("signing", '{"keys":[{"private_key":"-----BEGIN SENTINEL"}]}');
    const error = (await rejection(world.rotation().create(request(1)))) as Error;
    expect(error.message).toMatch(/malformed at keys\.0/);
    expect(error.message).not.toMatch(/SENTINEL/);
  });

  it("forgets a key a day after it ended, and its private half with the next rotation", async () => {
    const world = await started();
    for (let number = 1; number <= 4; number += 1) {
      await world.rotate(request(number));
      world.now += 7 * 86_400;
    }
    expecting(`${world.jwks().keys.length} keys`, world.jwks().keys.length).toBeLessThanOrEqual(4);
    expecting(`${world.held().size} private keys`, world.held().size).toBeLessThanOrEqual(4);
  });
});
