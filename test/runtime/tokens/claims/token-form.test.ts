import { describe, expect, it } from "@jest/globals";
import vectors from "../../../../contract/vectors/token-forms.json" with { type: "json" };
import { tokenFormProblem } from "../../../../runtime/tokens/claims/token-form.ts";

describe("the form of a token", () => {
  for (const { name, parts } of vectors.accepted) {
    it(`accepts: ${name}`, () => expect(tokenFormProblem(parts.join("."))).toBeUndefined());
  }

  for (const { name, parts } of vectors.refused) {
    it(`refuses: ${name}`, () => expect(tokenFormProblem(parts.join("."))).toMatch(/^it/));
  }
});
