import { tsImport } from "tsx/esm/api";

/** Starts the stack for the files of e2e and leaks; where it is goes to them in the environment. */
export default async function startForTests() {
  const { startStack } = await tsImport("./stack.ts", import.meta.url);
  const stack = await startStack();
  Object.assign(process.env, stack.environment);
  const interrupted = () => void stack.stop().finally(() => process.exit(130));
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  globalThis.stopStack = async () => {
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
    await stack.stop();
  };
}
