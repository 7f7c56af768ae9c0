// The `homeroom` command of the token service's image. It has `revoke` only, because only these pods reach the trust
// store:
// kubectl exec deploy/<instance>-tokens -- node /app/homeroom.mjs revoke … --config /etc/homeroom/tokens.json
import { RevocationError } from "../runtime/tokens/revocation/revocation.ts";
import { ServiceConfigError } from "../runtime/tokens/service-config.ts";
import { TrustStoreUnreadable } from "../runtime/tokens/revocation/trust-store.ts";
import { execute } from "./execute.ts";
import { revokeCommand } from "./revoke.ts";
import { UsageError } from "./usage-error.ts";

await execute(
  {
    description: "Homeroom in a token service pod",
    commands: [revokeCommand],
    expected: [RevocationError, ServiceConfigError, TrustStoreUnreadable, UsageError],
  },
  process.argv,
);
