import { beforeEach, describe, expect, it } from "@jest/globals";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { EmbedError } from "../../embed/embed-error.ts";
import { localSigner } from "../../embed/local-signer.ts";
import { secretsManagerKeys } from "../../embed/secrets-manager-keys.ts";
import { readerOf } from "../../embed/secrets-manager.ts";
import {
  generateSigningKey,
  type NewSigningKey,
  type PublicSigningKey,
} from "../../runtime/tokens/keys/signing-key.ts";
import { SecretsManagerFake } from "../runtime/tokens/keys/secrets-manager-fake.ts";
import { principal } from "./people.ts";
import { expecting } from "../support/expecting.ts";
import { instance } from "../support/narrowing.ts";
import { rejection } from "../support/thrown.ts";

const issuer = "https://north.example";
const begin = 1_800_000_000;
const make = (props: Partial<Parameters<typeof generateSigningKey>[0]> = {}): Promise<NewSigningKey> =>
  generateSigningKey({ issuer, tenants: ["north"], activateAt: begin - 100, ...props });
const [first, second, foreign] = await Promise.all([
  make(),
  make({ activateAt: begin - 50 }),
  make({ issuer: "https://south.example", activateAt: begin - 1 }),
]);

const held = ({ publicKey: { kid, iss, tenants, n, e }, privateKey }: NewSigningKey) => ({
  kid,
  iss,
  tenants,
  n,
  e,
  private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
});

describe("keys out of Secrets Manager", () => {
  let aws: SecretsManagerFake;
  let now: number;
  let reported: string[];

  function store(keys: readonly NewSigningKey[], changes: Partial<PublicSigningKey> = {}): void {
    const jwks = JSON.stringify({ keys: keys.map(({ publicKey }) => ({ ...publicKey, ...changes })) });
    const secret = JSON.stringify({ keys: keys.map(held) });
    for (const [name, text] of Object.entries({ jwks, signing: secret })) {
      if (aws.secrets.has(name)) aws.replaceCurrent(name, text);
      else aws.create(name, text);
    }
  }

  const signer = () =>
    localSigner({
      issuer,
      tenants: ["north"],
      embedOrigins: ["https://analytics1.example"],
      dashboards: { "student-progress": "u" },
      clock: () => now,
      keys: secretsManagerKeys({
        issuer,
        jwksSecret: "jwks",
        signingKeysSecret: "signing",
        secrets: readerOf(aws.client),
        clock: () => now,
        report: (error) => reported.push(error.message),
      }),
    });
  const kidOf = async (from: ReturnType<typeof signer>): Promise<string | undefined> => {
    const { token } = await from.embed({ person: principal, tenant: "north", dashboard: "student-progress" });
    expect(decodeJwt(token).iss).toBe(issuer);
    return decodeProtectedHeader(token).kid;
  };
  const settled = () => new Promise((wake) => setTimeout(wake, 20));

  beforeEach(() => {
    aws = new SecretsManagerFake();
    now = begin;
    reported = [];
  });

  it("signs with the newest key of its own issuer, and reads once for many requests", async () => {
    store([first, second, foreign]);
    const from = signer();
    const kids = await Promise.all(Array.from({ length: 5 }, () => kidOf(from)));
    expect(new Set(kids)).toStrictEqual(new Set([second.publicKey.kid]));
    expect(aws.calls).toBe(2);
  });

  it("reads again behind the requests once the keys are old, and then takes the new one", async () => {
    store([first]);
    const from = signer();
    expect(await kidOf(from)).toBe(first.publicKey.kid);
    store([first, second]);
    now += 299;
    expect(await kidOf(from)).toBe(first.publicKey.kid);
    now += 1;
    expect(await kidOf(from)).toBe(first.publicKey.kid);
    await settled();
    expect(await kidOf(from)).toBe(second.publicKey.kid);
  });

  it("looks for the follower before its key ends, whatever its age", async () => {
    store([first], { retire_at: begin + 3600 + 30 + 500 });
    const from = signer();
    expect(await kidOf(from)).toBe(first.publicKey.kid);
    store([first, second]);
    now += 20;
    await kidOf(from);
    await settled();
    expect(await kidOf(from)).toBe(second.publicKey.kid);
  });

  it("keeps signing with the key at hand while Secrets Manager fails, and says so", async () => {
    store([first]);
    const from = signer();
    await kidOf(from);
    aws.secrets.clear();
    now += 300;
    expect(await kidOf(from)).toBe(first.publicKey.kid);
    await settled();
    expect(await kidOf(from)).toBe(first.publicKey.kid);
    expect(reported.join()).toMatch(/jwks|signing/);
    expecting("the read is not repeated with every request", reported).toHaveLength(1);
  });

  it("stops when the key at hand has ended and no other can be read", async () => {
    store([first], { retire_at: begin + 3600 + 30 + 100 });
    const from = signer();
    await kidOf(from);
    aws.secrets.clear();
    now += 200;
    const error = await rejection(kidOf(from));
    instance(error, EmbedError);
    expect(error.message).toMatch(/cannot be read/);
  });

  it("refuses an empty secret, a missing one, another issuer's keys and a wrong private half", async () => {
    const cases: [() => void, RegExp][] = [
      [() => undefined, /jwks: there is no such secret/],
      [() => store([foreign]), /no key of issuer https:\/\/north/],
      [
        () => {
          store([first]);
          aws.replaceCurrent(
            "signing",
            JSON.stringify({ keys: [{ ...held(first), ...{ private_key: held(second).private_key } }] }),
          );
        },
        /belongs to another public key/,
      ],
      [
        () => {
          store([first]);
          aws.replaceCurrent("signing", "x".repeat(64));
        },
        /private half is not here/,
      ],
      [
        () => {
          store([first]);
          aws.replaceCurrent("signing", '{"keys":[{"private_key":"TOP-SECRET"}]}');
        },
        /malformed at/,
      ],
    ];
    for (const [prepare, text] of cases) {
      aws = new SecretsManagerFake();
      prepare();
      const error = await rejection(kidOf(signer()));
      instance(error, EmbedError);
      expect(error.code).toBe("no_key");
      expect(error.message).toMatch(text);
      expect(error.message).not.toContain("TOP-SECRET");
    }
  });

  it("signs for no tenant and no issuer that the private half was not made for", async () => {
    store([first]);
    expect(await kidOf(signer())).toBe(first.publicKey.kid);
    for (const [change, text] of [
      [{ tenants: ["south"] }, /no active key/],
      [{ iss: "https://south.example" }, /private half is not here/],
    ] as const) {
      aws.replaceCurrent("signing", JSON.stringify({ keys: [{ ...held(first), ...change }] }));
      await expect(kidOf(signer())).rejects.toThrow(text);
    }
  });
});
