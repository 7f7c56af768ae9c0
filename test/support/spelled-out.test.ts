import { describe, expect, it } from "@jest/globals";
import { spelledOut } from "./spelled-out.ts";

describe("a template as a reviewer reads it", () => {
  it("has JSON of strings below JSON, at any depth", () => {
    const inner = JSON.stringify({ b: [1, "text"] });
    expect(spelledOut({ Values: JSON.stringify({ a: inner }) })).toStrictEqual({
      Values: { JSON: { a: { JSON: { b: [1, "text"] } } } },
    });
  });

  it("has text line by line, unless its format has text", () => {
    expect(spelledOut("one\ntwo")).toStrictEqual({ lines: ["one", "two"] });
    expect(spelledOut("one\ntwo", { hasText: true })).toBe("one\ntwo");
  });

  it("has JSON that deployment completes, with its references", () => {
    const body = { "Fn::Join": ["", ['{"region":"', { Ref: "AWS::Region" }, '"}']] };
    expect(spelledOut({ body })).toStrictEqual({ body: { "Fn::Join of JSON": { region: "${Ref:AWS::Region}" } } });
  });

  it("leaves everything else as it is", () => {
    const other = { a: "[not JSON", b: { "Fn::Join": ["", ["arn:", { Ref: "X" }]] }, c: null, d: 1 };
    expect(spelledOut(other)).toStrictEqual(other);
  });
});
