import { chmodSync, chownSync, copyFileSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createCertificates } from "../../local/certificates.ts";
import { parseLoginSecret } from "../../runtime/rotation/database-users/login-secret.ts";
import { type RealPostgres, startPostgres, superuser } from "../support/real-postgres.ts";
import { type Ministack, startMinistack } from "./ministack.ts";

const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
const secret = "homeroom/test/metadata-user";
const tenantSecret = "homeroom/test/tenant/south/analytics-reader-user";
const database = "homeroom_metadata";

/** RotateSecret of MiniStack calls no function, so the test calls the real handler as Secrets Manager would. */
describe("the database users' rotation function on MiniStack and PostgreSQL with TLS", () => {
  let aws: Ministack;
  let client: SecretsManagerClient;
  let server: RealPostgres;
  let handler: (event: unknown) => Promise<void>;
  const tls = mkdtempSync(join(tmpdir(), "homeroom-tls-"));

  beforeAll(async () => {
    const { authority, certificate, key } = await createCertificates(tls, ["localhost"]);
    server = await startPostgres();
    const admin = await server.connect(superuser.username, superuser.password);
    const owner = statSync(join(server.folder, "data"));
    for (const [from, name] of [
      [certificate, "server.crt"],
      [key, "server.key"],
    ] as const) {
      const file = join(server.folder, "data", name);
      copyFileSync(from, file);
      chownSync(file, owner.uid, owner.gid);
      chmodSync(file, 0o600);
    }
    await admin.query("alter system set ssl = on");
    await admin.query("select pg_reload_conf()");
    await admin.query(`create database ${database}`);
    aws = await startMinistack();
    client = new SecretsManagerClient(aws.client);
    const create = (Name: string, value: object): Promise<unknown> =>
      client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }));
    await create(secret, { engine: "postgres", username: "superset_metadata_a", password: "first-password-0000" });
    await create(tenantSecret, {
      engine: "postgres",
      username: "analytics_reader_south_a",
      password: "first-password-0000",
    });
    await create("rds-master", superuser);
    Object.assign(process.env, aws.environment, {
      HOMEROOM_DATABASE_HOST: "localhost",
      HOMEROOM_DATABASE_PORT: String(server.port),
      HOMEROOM_DATABASE_NAME: database,
      HOMEROOM_DATABASE_CA_FILE: authority,
      HOMEROOM_DATABASE_ADMIN_SECRET: "rds-master",
      HOMEROOM_DATABASE_USERS: JSON.stringify({
        [secret]: "metadata-user",
        [tenantSecret]: "analytics-reader-user.south",
      }),
    });
    ({ handler } = await import("../../runtime/rotation/database-users/rotate-database-user.lambda.ts"));
  });
  afterAll(async () => {
    client.destroy();
    await Promise.all([aws.stop(), server.stop()]);
  });

  const current = async (of = secret): Promise<ReturnType<typeof parseLoginSecret>> =>
    parseLoginSecret((await client.send(new GetSecretValueCommand({ SecretId: of }))).SecretString ?? "", of);
  const rotate = async (request: string, of = secret): Promise<void> => {
    for (const Step of steps)
      for (let time = 0; time < 2; time += 1) await handler({ Step, SecretId: of, ClientRequestToken: request });
  };

  it("refuses an authority that it does not know, and a certificate of another name", async () => {
    const first = { Step: "setSecret", SecretId: secret, ClientRequestToken: "00000000-0000-4000-8000-000000000000" };
    await handler({ ...first, Step: "createSecret" });
    const known = process.env["HOMEROOM_DATABASE_CA_FILE"];
    const other = await createCertificates(mkdtempSync(join(tmpdir(), "homeroom-tls-")), ["localhost"]);
    process.env["HOMEROOM_DATABASE_CA_FILE"] = other.authority;
    await expect(handler(first)).rejects.toThrow(/self-signed|unable to verify|certificate/i);
    process.env["HOMEROOM_DATABASE_CA_FILE"] = known;
    process.env["HOMEROOM_DATABASE_HOST"] = "127.0.0.1";
    await expect(handler(first)).rejects.toThrow(/does not match certificate|altnames/i);
    process.env["HOMEROOM_DATABASE_HOST"] = "localhost";
    await rotate(first.ClientRequestToken);
  });

  it("goes from login to login with every step run twice, and the database opens for each", async () => {
    for (const [number, username] of ["superset_metadata_a", "superset_metadata_b"].entries()) {
      await rotate(`${number + 1}`.repeat(36));
      const login = await current();
      expect(login.username).toBe(username);
      const session = await server.connect(login.username, login.password, database);
      const { rows } = await session.query<{ role: string }>("select current_user as role");
      expect(rows[0]?.role).toBe("superset_metadata");
    }
  });

  it("makes the reader of a tenant's own database in its first run: both logins, the mounted one among them", async () => {
    const first = await current(tenantSecret);
    await rotate("7".repeat(36), tenantSecret);
    const next = await current(tenantSecret);
    expect([first.username, next.username]).toStrictEqual(["analytics_reader_south_a", "analytics_reader_south_b"]);
    for (const { username, password } of [first, next]) {
      const session = await server.connect(username, password, database);
      const { rows } = await session.query<{ role: string }>("select current_user as role");
      expect(rows[0]?.role).toBe("analytics_reader");
    }
  });

  it("refuses a secret that is not its own and a request that is not pending", async () => {
    const event = { Step: "setSecret", SecretId: secret, ClientRequestToken: "9".repeat(36) };
    await expect(handler(event)).rejects.toThrow(/is not AWSPENDING/);
    await expect(handler({ ...event, SecretId: "rds-master" })).rejects.toThrow(/this function does not rotate it/);
  });
});
