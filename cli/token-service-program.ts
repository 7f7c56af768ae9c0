// The `homeroom` command of the token service's image. It has `revoke` only, because only these pods reach the trust
// store:
// kubectl exec deploy/<instance>-tokens -- node /app/homeroom.mjs revoke … --config /etc/homeroom/tokens.json
import { execute } from "./execute.ts";
import { revokeCommand } from "./revoke.ts";

await execute(
  {
    description: "Homeroom in a token service pod",
    commands: [revokeCommand],
  },
  process.argv,
);
