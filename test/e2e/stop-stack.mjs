/** Ends what start-stack.mjs started; fails when a process was left behind. */
export default async function stopAfterTests() {
  await globalThis.stopStack?.();
}
