/** What every child process inherits. The rest of our environment stays behind: it may hold credentials of the person at the keyboard. */
const INHERITED = [
  "PATH",
  "HOME",
  "USER",
  "TMPDIR",
  "TZ",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
];
const PACKAGE_INSTALLERS = /^(PIP|UV)_/;

export function childEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LANG: "C.UTF-8" };
  for (const name of INHERITED) if (own[name] !== undefined) env[name] = own[name];
  return env;
}

/** pip and uv also need their own settings: mirrors, certificates, caches. */
export function installerEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = Object.entries(own).filter(([name]) => PACKAGE_INSTALLERS.test(name));
  return { ...childEnvironment(own), ...Object.fromEntries(settings) };
}
