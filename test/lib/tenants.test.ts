import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { environments, synthesise } from "./synthesis.ts";

describe("tenants", () => {
  const synthesis = synthesise(environments.dev);

  it("records those that share in one stack", () => {
    synthesis.template("tenants").hasResourceProperties("AWS::SSM::Parameter", {
      Name: "/homeroom/dev/tenants/north",
      Value: Match.serializedJson({
        isolation: "shared",
        timeZone: "Australia/Sydney",
        issuers: ["https://north.dev.school.example"],
      }),
    });
    synthesis.template("tenants").resourceCountIs("AWS::SSM::Parameter", 1);
  });

  it("gives one with a database of its own a stack, a key, a user and a budget", () => {
    const south = synthesis.template("tenant-south");
    south.hasResourceProperties("AWS::SecretsManager::Secret", {
      Name: "homeroom/dev/tenant/south/analytics-reader-user",
      Tags: Match.arrayWith([{ Key: "homeroom:tenant", Value: "south" }]),
    });
    south.hasResourceProperties("AWS::KMS::Key", { EnableKeyRotation: true });
    south.hasResourceProperties("AWS::Budgets::Budget", {
      Budget: Match.objectLike({ BudgetLimit: { Amount: 100, Unit: "USD" } }),
    });
  });

  it("adds no stack for one more that shares", () => {
    const input = environments.dev;
    const more = synthesise({
      ...input,
      tenants: [...input.tenants, { id: "west", isolation: "shared", hostProducts: ["https://west.school.example"] }],
      identity: {
        ...input.identity,
        issuers: [...input.identity.issuers, { id: "west", url: "https://west.school.example", tenants: ["west"] }],
      },
    });
    assert.equal(more.stacks.length, synthesis.stacks.length);
    more.template("tenants").resourceCountIs("AWS::SSM::Parameter", 2);
  });
});
