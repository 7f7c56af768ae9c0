import Ajv2020, { type Options, type ValidateFunction } from "ajv/dist/2020.js";
import { type Claims, claimsSchema } from "../../../contract/index.ts";

/** Settings of the validator, for whoever compiles it ahead of time: embed/build does. */
export const ajvOptions = {
  allErrors: true,
  strict: true,
  strictRequired: false,
  // The formats that a claim may name; the policy binds such claims as UUID and date.
  formats: { uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, date: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/ },
  // Annotations for contract/generator; they judge nothing.
  keywords: ["x-given-by", "x-personal", "x-scope"],
} satisfies Options;

/** A validator of claims by a schema of the shape of contract/claims.schema.json. */
export const claimsValidator = (schema: object): ValidateFunction<Claims> =>
  new Ajv2020.default(ajvOptions).compile<Claims>(schema);

/** Whether a value holds the claims of claims.schema.json; `errors` of the function says what is wrong. */
export const validateClaims = claimsValidator(claimsSchema);
