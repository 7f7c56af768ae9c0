import Ajv2020, { type Options, type ValidateFunction } from "ajv/dist/2020.js";
import { type Claims, claimsSchema } from "../../../contract/index.ts";

/** Settings of the validator, which embed/build also uses to compile it ahead of time. */
export const ajvOptions = {
  allErrors: true,
  strict: true,
  strictRequired: false,
  // A key of the host product is a number or a UUID.
  allowUnionTypes: true,
  // The formats that a claim may name; the policy binds such claims as UUID and date.
  formats: { uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, date: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/ },
  // Annotations for contract/generator; they validate nothing.
  keywords: ["x-given-by", "x-personal", "x-scope"],
} satisfies Options;

/** Compiles a validator of claims for a schema shaped like contract/claims.schema.json. */
export const claimsValidator = (schema: object): ValidateFunction<Claims> =>
  new Ajv2020.default(ajvOptions).compile<Claims>(schema);

/** Tells whether a value holds the claims of claims.schema.json; the function's `errors` lists the problems. */
export const validateClaims = claimsValidator(claimsSchema);
