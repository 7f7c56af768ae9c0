import { existsSync } from "node:fs";
import { certificateFiles } from "./certificates.ts";
import { State } from "./state.ts";

/**
 * Returns instructions for trusting the local authority. The start does not do it, because that needs administrator
 * rights.
 */
export function trustAdvice(folder: string): string {
  const { authority } = certificateFiles(new State(folder).tls);
  if (!existsSync(authority))
    return `There is no certificate authority yet at ${authority}. Run \`npm start\` once, then ask again.`;
  return `The local certificate authority is ${authority}. Its private key was thrown away when it had signed, so it can vouch for nothing else.

  This shell, curl      export CURL_CA_BUNDLE=${authority}
  This shell, Node      export NODE_EXTRA_CA_CERTS=${authority}
  Debian, Ubuntu        sudo cp ${authority} /usr/local/share/ca-certificates/homeroom-local.crt && sudo update-ca-certificates
  Fedora                sudo trust anchor ${authority}
  macOS                 security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${authority}
  Chromium on Linux     certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n homeroom-local -i ${authority}
  Firefox               Settings, Certificates, Authorities, Import`;
}
