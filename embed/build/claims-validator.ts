import { dirname } from "node:path";
import Ajv2020 from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import type { Plugin } from "esbuild";
import { claimsSchema } from "../../contract/index.ts";
import { ajvOptions } from "../../runtime/tokens/claims/claims-validator.ts";

/** The code of the validator that runtime/tokens/claims/claims-validator.ts makes when it is loaded. */
function code(): string {
  const ajv = new Ajv2020.default({ ...ajvOptions, code: { source: true, esm: true } });
  ajv.addSchema(claimsSchema);
  return standalone.default(ajv, { validateClaims: claimsSchema.$id });
}

/**
 * Compiles the claims schema while bundling, so that the package carries the validator and not the compiler of
 * validators (130 kB), and runs where code must not be made from text.
 */
export const compiledClaimsValidator: Plugin = {
  name: "compiled-claims-validator",
  setup(build) {
    build.onLoad({ filter: /[\\/]claims[\\/]claims-validator\.ts$/ }, ({ path }) => ({
      contents: code(),
      loader: "js",
      resolveDir: dirname(path),
    }));
  },
};
