/** The command was understood, but what it was given cannot work; the message says what would. */
export class UsageError extends Error {}
