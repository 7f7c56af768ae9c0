// Starts the example host product: HOMEROOM_PORTAL_CONFIG=<portal.json> tsx examples/school-portal/server.ts
import { readFileSync } from "node:fs";
import { tokenService } from "@homeroom/embed";
import { z } from "zod";
import { createPortal } from "./portal.ts";
import { portalScript } from "./script.ts";

const config = z.strictObject({
  host: z.literal("127.0.0.1"),
  port: z.int(),
  homeroom: z.strictObject({
    url: z.url(),
    assertionAudience: z.url(),
    clientId: z.string(),
    clientKeyId: z.string(),
    clientKeyFile: z.string(),
  }),
  embedOrigins: z.strictObject({ https: z.array(z.string()), http: z.array(z.string()) }),
});

try {
  const path = process.env["HOMEROOM_PORTAL_CONFIG"];
  if (path === undefined)
    throw new Error(
      "HOMEROOM_PORTAL_CONFIG is not set; give the path of portal.json that ensureLocalKeys of runtime/tokens/server/local-setup.ts writes",
    );
  const { host, port, homeroom, embedOrigins } = config.parse(JSON.parse(readFileSync(path, "utf8")));
  const { clientKeyFile, ...client } = homeroom;
  const server = createPortal({
    homeroom: tokenService({ ...client, clientKey: readFileSync(clientKeyFile, "utf8") }),
    embedOrigins,
    script: await portalScript(),
  });
  server.on("error", (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  server.listen(port, host, () => console.log(`The school portal listens on http://${host}:${port}`));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      server.close();
      server.closeIdleConnections();
    });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
