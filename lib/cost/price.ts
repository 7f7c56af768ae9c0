import { ExpectedError } from "../../contract/index.ts";
import table from "./prices.json" with { type: "json" };

export const { assumed, date, raise, region } = table;

/** The basis of a price: read for the region, the same everywhere, read for us-east-1 and raised, or not read. */
export type Found = "ap-southeast-2" | "every-region" | "us-east-1" | "unverified";

export interface Price {
  readonly usd: number;
  readonly found: Found;
  readonly source: string;
}

export class PriceError extends ExpectedError {}

const prices = new Map(Object.entries(table.prices as Record<string, Price>));

/**
 * Returns a price in USD for the table's region. Nothing is guessed: an unknown name is an error that says where to
 * add it.
 */
export function priceOf(name: string): Price {
  const price = prices.get(name);
  if (price === undefined) {
    throw new PriceError(`lib/cost/prices.json has no price "${name}"; add it with its source and date`);
  }
  return price.found === "us-east-1" ? { ...price, usd: price.usd * raise.factor } : price;
}

export function allPrices(): ReadonlyMap<string, Price> {
  return prices;
}
