import { randomUUID } from "node:crypto";
import { type DatabaseUserRotation, isPending } from "./database-user-rotation.ts";
import type { SecretVersions } from "../secret-versions.ts";

/** Runs the four steps as Secrets Manager does. A rotation that was begun and not finished is continued. */
export async function rotateDatabaseUser(
  rotation: DatabaseUserRotation,
  versions: SecretVersions,
  secret: string,
): Promise<void> {
  const pendingRequest = [...(await versions.stages(secret))].find(([, stages]) => isPending(stages))?.[0];
  const request = pendingRequest ?? randomUUID();
  await rotation.create(request);
  await rotation.set(request);
  await rotation.test(request);
  await rotation.finish(request);
}
