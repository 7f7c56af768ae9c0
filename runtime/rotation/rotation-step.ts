import { z } from "zod";

const steps = { createSecret: "create", setSecret: "set", testSecret: "test", finishSecret: "finish" } as const;

const event = z.object({
  Step: z.enum(["createSecret", "setSecret", "testSecret", "finishSecret"]),
  SecretId: z.string().min(1),
  ClientRequestToken: z.string().min(32).max(64),
});

/** The four steps of a rotation. Each takes the id of the version that is being created, and may be repeated. */
export type SecretRotation = Record<(typeof steps)[keyof typeof steps], (request: string) => Promise<void>>;

export interface RotationStep {
  /** ARN of the secret that rotates. */
  readonly secret: string;
  run(rotation: SecretRotation): Promise<void>;
}

/**
 * Reads the event of a rotation function. Throws ZodError when the event has another shape.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export function parseRotationStep(input: unknown): RotationStep {
  const { Step, SecretId, ClientRequestToken } = event.parse(input);
  return { secret: SecretId, run: (rotation) => rotation[steps[Step]](ClientRequestToken) };
}
