import { describe, expect, it } from "@jest/globals";
import { local } from "../../config/local.ts";
import { parseSettings, SettingsError } from "../../local/settings.ts";
import { instance } from "../support/narrowing.ts";
import { thrown } from "../support/thrown.ts";

describe("local settings", () => {
  it("accepts config/local.ts and moves every port by the offset", () => {
    const plain = parseSettings(local);
    const moved = parseSettings(local, 1000);
    for (const [name, port] of Object.entries(plain.ports)) {
      expect(Object.entries(moved.ports).find(([other]) => other === name)?.[1]).toBe(port + 1000);
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
    const error = thrown(() => parseSettings(input));
    instance(error, SettingsError);
    expect(error.message).toMatch(/4 problem/);
    expect(error.message).toMatch(/address: got "0\.0\.0\.0"; must be 127\.0\.0\.1/);
    expect(error.message).toMatch(/ports\.http: got 80/);
    expect(error.message).toMatch(
      /studioHost: got "studio\.example\.com"; must be a lower-case name under \.localhost/,
    );
    expect(error.message).toMatch(/unknown/);
  });

  it("refuses one port for two parts", () => {
    expect(() => parseSettings({ ...local, ports: { ...local.ports, https: local.ports.web } })).toThrow(
      /ports\.web: got 8088; is also the port of https/,
    );
  });
});
