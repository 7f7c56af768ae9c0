import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loginsOf } from "../../../../contract/index.ts";
import { databaseUser, databaseUsers, readerOf } from "../../../../runtime/rotation/database-users/database-user.ts";

describe("the names of database users", () => {
  it("are found by the name of the mounted file", () => {
    for (const user of databaseUsers) assert.equal(databaseUser(user.name), user);
    assert.deepEqual(databaseUser("analytics-reader-user.north-west"), readerOf("north-west"));
    assert.equal(readerOf("north-west").role, "analytics_reader");
  });

  it("are none for a tenant where a user is not of an analytics database, or the tenant is no id", () => {
    for (const name of [
      "metadata-user.east",
      "audit-writer-user.east",
      "analytics-reader-user.",
      "analytics-reader-user.East",
      "analytics-reader-user.east.west",
      `analytics-reader-user.${"e".repeat(32)}`,
      "postgres",
    ]) {
      assert.equal(databaseUser(name), undefined, name);
    }
    assert.throws(() => readerOf("East"), /tenant East: is no id/);
  });

  it("give each tenant logins that no other has, in the 63 bytes of PostgreSQL", () => {
    const tenants = ["a", "b", "a-b", "a-a", "b-a", "e".repeat(31)];
    const logins = [...databaseUsers, ...tenants.map(readerOf)].flatMap(loginsOf);
    assert.equal(new Set(logins).size, logins.length);
    for (const login of logins) assert.ok(login.length <= 63 && /^[a-z][a-z0-9_]*$/.test(login), login);
    assert.deepEqual(loginsOf(readerOf("north-west")), [
      "analytics_reader_north_west_a",
      "analytics_reader_north_west_b",
    ]);
  });
});
