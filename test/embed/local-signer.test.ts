import { describe, expect, it } from "@jest/globals";
import { createLocalJWKSet, jwtVerify } from "jose";
import type { EmbedErrorCode } from "../../embed/embed-error.ts";
import type { EmbedRequest } from "../../embed/homeroom.ts";
import { localSigner, type LocalSignerProps } from "../../embed/local-signer.ts";
import type { Teacher } from "../../embed/person.ts";
import { generateSigningKey } from "../../runtime/tokens/keys/signing-key.ts";
import { MemoryKeyStore } from "../runtime/tokens/keys/memory-key-store.ts";
import { principal, teacher } from "./people.ts";

const now = 1_800_000_000;
const issuer = "https://north.example";
const own = await generateSigningKey({ issuer, tenants: ["north", "east"], activateAt: now - 10 });
const other = await generateSigningKey({ issuer: "https://south.example", tenants: ["north"], activateAt: now - 5 });
const keys = new MemoryKeyStore();
await keys.add([own, other]);

const props: LocalSignerProps = {
  issuer,
  tenants: ["north", "west"],
  keys,
  embedOrigins: ["https://analytics1.example", "https://analytics2.example", "http://analytics1.localhost:8080"],
  dashboards: { "student-progress": "7b1c6a52-0e5e-4a52-8d0a-2f6f0c1c9a11" },
  clock: () => now,
};
const request: EmbedRequest = { person: principal, tenant: "north", dashboard: "student-progress" };
const refusal = (code: EmbedErrorCode, text: RegExp) => ({
  name: "EmbedError",
  code,
  message: expect.stringMatching(text),
});

describe("signing locally", () => {
  it("gives a token of the own issuer, though another one's key is newer", async () => {
    const embed = await localSigner(props).embed(request);
    const { payload, protectedHeader } = await jwtVerify(embed.token, createLocalJWKSet(await keys.read()), {
      issuer,
      audience: "homeroom",
      currentDate: new Date(now * 1000),
    });
    expect(protectedHeader.kid).toBe(own.publicKey.kid);
    expect(payload["school_id"]).toBe(42);
    expect(embed.expiresAt).toBe(now + 3600);
    expect(embed.embeddedUuid).toBe(props.dashboards["student-progress"]);
    expect(embed.embedUrl.startsWith(`${embed.embedOrigin}/embedded/dashboard/student-progress?jwt=`)).toBe(true);
  });

  it("keeps a dashboard on its host and http to those that serve it", async () => {
    const signer = localSigner(props);
    const [first, second] = [await signer.embed(request), await signer.embed({ ...request, person: teacher })];
    expect(first.embedOrigin).toBe(second.embedOrigin);
    expect(first.embedOrigin).toMatch(/^https:/);
    const plain = await signer.embed({ ...request, transport: "http" });
    expect(plain.embedOrigin).toBe("http://analytics1.localhost:8080");
    const tls = localSigner({ ...props, embedOrigins: ["https://analytics1.example"] });
    await expect(tls.embed({ ...request, transport: "http" })).rejects.toMatchObject(
      refusal("refused", /no embed origin/),
    );
  });

  it("refuses another tenant, and one that no key of its own may sign for", async () => {
    const signer = localSigner(props);
    await expect(signer.embed({ ...request, tenant: "east" })).rejects.toMatchObject(
      refusal("refused", /tenant "east".*north, west/),
    );
    await expect(signer.embed({ ...request, tenant: "west" })).rejects.toMatchObject(
      refusal("no_key", /issuer .*north.*"west"/),
    );
    await expect(localSigner({ ...props, issuer: "https://nobody.example" }).embed(request)).rejects.toMatchObject(
      refusal("no_key", /nobody/),
    );
  });

  it("refuses unknown dashboards, long lives and claims that the schema does not take", async () => {
    const signer = localSigner(props);
    for (const dashboard of ["other", "constructor", "__proto__"]) {
      await expect(signer.embed({ ...request, dashboard })).rejects.toMatchObject(refusal("refused", /no dashboard/));
    }
    await expect(signer.embed({ ...request, lifetimeSeconds: 3601 })).rejects.toMatchObject(
      refusal("claims", /lifetime/),
    );
    const bare = { ...principal, role: "teacher" } as unknown as Teacher;
    await expect(signer.embed({ ...request, person: bare })).rejects.toMatchObject(
      refusal("claims", /class_ids: a teacher needs/),
    );
    const odd = { ...principal, school_id: 4.2 };
    await expect(signer.embed({ ...request, person: odd })).rejects.toMatchObject(refusal("claims", /school_id/));
  });
});
