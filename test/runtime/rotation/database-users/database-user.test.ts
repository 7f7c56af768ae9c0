import { describe, expect, it } from "@jest/globals";
import { loginsOf } from "../../../../contract/index.ts";
import { databaseUser, databaseUsers, readerOf } from "../../../../runtime/rotation/database-users/database-user.ts";
import { expecting } from "../../../support/expecting.ts";

describe("the names of database users", () => {
  it("are found by the name of the mounted file", () => {
    for (const user of databaseUsers) expect(databaseUser(user.name)).toBe(user);
    expect(databaseUser("analytics-reader-user.north-west")).toStrictEqual(readerOf("north-west"));
    expect(readerOf("north-west").role).toBe("analytics_reader");
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
      expecting(name, databaseUser(name)).toBeUndefined();
    }
    expect(() => readerOf("East")).toThrow(/tenant East: is no id/);
  });

  it("give each tenant logins that no other has, in the 63 bytes of PostgreSQL", () => {
    const tenants = ["a", "b", "a-b", "a-a", "b-a", "e".repeat(31)];
    const logins = [...databaseUsers, ...tenants.map(readerOf)].flatMap(loginsOf);
    expect(new Set(logins).size).toBe(logins.length);
    for (const login of logins) expecting(login, login.length <= 63 && /^[a-z][a-z0-9_]*$/.test(login)).toBe(true);
    expect(loginsOf(readerOf("north-west"))).toStrictEqual([
      "analytics_reader_north_west_a",
      "analytics_reader_north_west_b",
    ]);
  });
});
