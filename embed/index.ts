// @homeroom/embed: for the backend of a host product. The browser's half is @homeroom/embed/browser.
export { embeddedUuid } from "../contract/index.ts";
export { EmbedError, type EmbedErrorCode } from "./embed-error.ts";
export { type EmbedHandler, embedHandler, type EmbedHandlerProps, type Visitor } from "./embed-handler.ts";
export type { Embed, EmbedRequest, Homeroom } from "./homeroom.ts";
export { localSigner, type LocalSignerProps } from "./local-signer.ts";
export type { Person, Principal, Student, Teacher } from "./person.ts";
export type { SecretReader } from "./secrets-manager.ts";
export { secretsManagerKeys, type SecretsManagerKeysProps } from "./secrets-manager-keys.ts";
export type { SigningKey, SigningKeys } from "./signing-keys.ts";
export { tokenService, type TokenServiceProps } from "./token-service.ts";
