import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { local } from "../../config/local.ts";
import { parseSettings, SettingsError } from "../../local/settings.ts";

describe("local settings", () => {
  it("accepts config/local.ts and moves every port by the offset", () => {
    const plain = parseSettings(local);
    const moved = parseSettings(local, 1000);
    for (const [name, port] of Object.entries(plain.ports)) {
      assert.equal(Object.entries(moved.ports).find(([other]) => other === name)?.[1], port + 1000);
    }
  });

  it("reports every mistake in one error, with place, value and what is allowed", () => {
    const input = {
      ...local,
      address: "0.0.0.0",
      ports: { ...local.ports, http: 80, https: local.ports.web },
      studioHost: "studio.example.com",
      unknown: true,
    };
    assert.throws(
      () => parseSettings(input),
      (error: unknown) => {
        assert.ok(error instanceof SettingsError);
        assert.match(error.message, /4 problem/);
        assert.match(error.message, /address: got "0\.0\.0\.0"; must be 127\.0\.0\.1/);
        assert.match(error.message, /ports\.http: got 80/);
        assert.match(
          error.message,
          /studioHost: got "studio\.example\.com"; must be a lower-case name under \.localhost/,
        );
        assert.match(error.message, /unknown/);
        return true;
      },
    );
  });

  it("refuses one port for two parts", () => {
    assert.throws(
      () => parseSettings({ ...local, ports: { ...local.ports, https: local.ports.web } }),
      /ports\.web: got 8088; is also the port of https/,
    );
  });
});
