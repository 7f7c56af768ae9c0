import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { generateSigningKey, thumbprint } from "../../../../runtime/tokens/keys/signing-key.ts";

type Pair = ReturnType<typeof generateKeyPairSync>;

const kidOf = ({ publicKey }: Pair): string => {
  const { n = "", e = "" } = publicKey.export({ format: "jwk" });
  return thumbprint({ e, kty: "RSA", n });
};

/** Returns a small pair whose thumbprint begins with a hyphen, as one in 64 does. */
function pairWithHyphen(): Pair {
  for (;;) {
    const pair = generateKeyPairSync("rsa", { modulusLength: 512 });
    if (kidOf(pair).startsWith("-")) return pair;
  }
}

describe("a new signing key", () => {
  it("has a kid that no command line takes for an option", async () => {
    const good = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pairs = [pairWithHyphen(), pairWithHyphen(), ...(kidOf(good).startsWith("-") ? [] : [good])];
    const { publicKey } = await generateSigningKey(
      { issuer: "https://north.example", tenants: ["north"], activateAt: 1 },
      (modulusLength) => Promise.resolve(pairs.shift() ?? generateKeyPairSync("rsa", { modulusLength })),
    );
    expect(publicKey.kid).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{42}$/);
    expect(pairs).toStrictEqual([]);
  });
});
