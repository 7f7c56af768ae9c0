import { InvalidArgumentError } from "commander";

export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("give a whole number.");
  return Number(text);
}

export function wholeNumbers(text: string): number[] {
  return text.split(",").map(wholeNumber);
}
