/**
 * Allow-list of the variables that a child process inherits. Others may hold credentials of the person at the keyboard.
 */
const inheritedNames = [
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
const installerSettingPattern = /^(PIP|UV)_/;

export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LANG: "C.UTF-8" };
  for (const name of inheritedNames) if (environment[name] !== undefined) env[name] = environment[name];
  return env;
}

/** Returns the child environment with the settings of pip and uv: mirrors, certificates, caches. */
export function installerEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = Object.entries(environment).filter(([name]) => installerSettingPattern.test(name));
  return { ...childEnvironment(environment), ...Object.fromEntries(settings) };
}
