import { InvalidArgumentError } from "commander";

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("give a whole number.");
  return Number(text);
}

export function parseWholeNumbers(text: string): number[] {
  return text.split(",").map(parseWholeNumber);
}
