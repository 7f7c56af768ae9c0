import { describe, expect, it } from "@jest/globals";
import { parseRotationStep, type SecretRotation } from "../../../runtime/rotation/rotation-step.ts";

const request = "11111111-1111-4111-8111-111111111111";

describe("the step that Secrets Manager asks of a rotation function", () => {
  for (const [step, method] of [
    ["createSecret", "create"],
    ["setSecret", "set"],
    ["testSecret", "test"],
    ["finishSecret", "finish"],
  ] as const) {
    it(`runs ${method} for ${step}, and nothing else`, async () => {
      const ran: string[] = [];
      const record = (name: string) => (id: string) => Promise.resolve(void ran.push(`${name} ${id}`));
      const rotation: SecretRotation = {
        create: record("create"),
        set: record("set"),
        test: record("test"),
        finish: record("finish"),
      };
      const asked = parseRotationStep({ Step: step, SecretId: "homeroom/dev/x", ClientRequestToken: request });
      expect(asked.secret).toBe("homeroom/dev/x");
      await asked.run(rotation);
      expect(ran).toStrictEqual([`${method} ${request}`]);
    });
  }

  it("refuses what is no event of a rotation, naming the place", () => {
    const whole = { Step: "setSecret", SecretId: "homeroom/dev/x", ClientRequestToken: request };
    for (const [change, place] of [
      [{ Step: "dropSecret" }, /Step/],
      [{ Step: "constructor" }, /Step/],
      [{ SecretId: "" }, /SecretId/],
      [{ ClientRequestToken: "short" }, /ClientRequestToken/],
    ] as const) {
      expect(() => parseRotationStep({ ...whole, ...change })).toThrow(place);
    }
    expect(() => parseRotationStep(undefined)).toThrow();
  });
});
