/** `client_assertion_type` of a host backend that proves itself by a signed JWT: RFC 7523, section 2.2. */
export const clientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
