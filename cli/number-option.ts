import { InvalidArgumentError } from "commander";

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("give a whole number.");
  return Number(text);
}

/** A key of the host product: a whole number up to 2^53 − 1, or a UUID. The claims schema judges it. */
export function parseKey(text: string): number | string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  const number = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError("give a whole number or a UUID in small letters.");
  }
  return number;
}

export function parseKeys(text: string): (number | string)[] {
  return text.split(",").map(parseKey);
}

export function parseWholeNumbers(text: string): number[] {
  return text.split(",").map(parseWholeNumber);
}
