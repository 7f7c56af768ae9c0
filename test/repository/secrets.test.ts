import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { secretsIn } from "./secrets.ts";

/** Random text, so that this file holds no secret itself. */
const random = (length: number): string => randomBytes(length).toString("hex").slice(0, length);

describe("the scan for secrets", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secrets: Record<string, string> = {
    "a private key": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    "a secret access key of AWS": `AWS_SECRET_ACCESS_KEY=${random(40)}`,
    "a token of GitHub": `ghp_${random(36)}`,
    "a token of npm": `npm_${random(36)}`,
    "a password in a PostgreSQL URL": `postgresql://author:${random(20)}@database.internal:5432/analytics`,
  };
  for (const [name, secret] of Object.entries(secrets)) {
    it(`finds ${name}, and names its place without it`, async () => {
      const found = await secretsIn("lib/settings.ts", `const one = 1;\n${secret}\n`);
      expect(found[0]).toMatch(/^lib\/settings\.ts:2: /);
      for (const line of found) expect(line).not.toContain(secret.slice(-30));
    });
  }

  it("lets digests, placeholders and example passwords of tests be", async () => {
    const text = [
      `sha256:${random(64)}`,
      `sha512-${randomBytes(64).toString("base64")}`,
      "postgresql://user:hunter2@host/name",
    ];
    expect(await secretsIn("package-lock.json", text.join("\n"))).toEqual([]);
  });
});
