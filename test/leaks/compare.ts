import type { Query } from "./charts.ts";
import type { Row } from "./oracle.ts";

/** The difference between an answer and the rows that the guest may see. */
export interface Difference {
  readonly leaked: readonly string[];
  readonly lost: readonly string[];
}

const near = (left: number, right: number): boolean =>
  Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(left), Math.abs(right));

function holds(sorted: readonly number[], number: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < number && !near(sorted[middle] ?? 0, number)) low = middle + 1;
    else high = middle;
  }
  return [sorted[low - 1], sorted[low], sorted[low + 1]].some((found) => found !== undefined && near(found, number));
}

interface Content {
  readonly numbers: readonly number[];
  readonly texts: ReadonlySet<string>;
}

function contentOf(rows: readonly Row[]): Content {
  const values = rows.flatMap((row) => Object.values(row)).filter((value) => value !== null && value !== undefined);
  const numbers = values.flatMap((value) => (typeof value === "number" ? [value] : []));
  return {
    numbers: numbers.sort((left, right) => left - right),
    texts: new Set(
      values.flatMap((value) =>
        typeof value === "number" ? [] : [typeof value === "string" ? value : JSON.stringify(value)],
      ),
    ),
  };
}

/** Superset's `rank` operation: the share of rows at or below, ties at their mean. */
function ranked(rows: readonly Row[], metric: string): Row[] {
  const values = rows.map((row) => Number(row[metric]));
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return { rank: (below + (equal + 1) / 2) / values.length };
  });
}

interface Operation {
  readonly operation?: string;
  readonly options?: { readonly metric?: string };
}

const operationsOf = (query: Query): Operation[] => (query["post_processing"] ?? []) as Operation[];

const canonical = (row: Row): string =>
  JSON.stringify(
    Object.entries(row)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => [name, typeof value === "number" ? Number(value.toPrecision(10)) : value]),
  );

function rowsBeyond(rows: readonly Row[], others: readonly Row[]): string[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(canonical(row), (left.get(canonical(row)) ?? 0) + 1);
  return rows.map(canonical).filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}

/**
 * Pivoted answers have other rows than the query; there each number, word and column name is held against the query's.
 */
function pivoted(query: Query, answer: readonly Row[], expected: readonly Row[]): Difference {
  const rank = operationsOf(query).find(({ operation }) => operation === "rank")?.options?.metric;
  // The rank is computed among the answer's rows, which are compared with the database themselves: a limit leaves open
  // which rows come.
  const may = contentOf(rank === undefined ? expected : [...expected, ...ranked(answer, rank)]);
  const named = new Set(["rank", ...expected.flatMap((row) => Object.keys(row)), ...may.texts]);
  const got = contentOf(answer);
  const names = [...new Set(answer.flatMap((row) => Object.keys(row)))].flatMap((name) =>
    named.has(name) || holds(may.numbers, Number(name)) ? [] : name.split(", "),
  );
  const leaked = [
    ...got.numbers.filter((number) => !holds(may.numbers, number)).map(String),
    ...[...got.texts].filter((text) => !may.texts.has(text)),
    ...names.filter((name) => !named.has(name) && !holds(may.numbers, Number(name))),
  ];
  const shown = new Set([
    ...got.texts,
    ...answer.flatMap((row) => Object.keys(row)).flatMap((name) => [name, ...name.split(", ")]),
  ]);
  const numbers = [...got.numbers, ...[...shown].map(Number).filter(Number.isFinite)].sort(
    (left, right) => left - right,
  );
  const lost = [
    ...contentOf(expected)
      .numbers.filter((number) => !holds(numbers, number))
      .map(String),
    ...[...contentOf(expected).texts].filter((text) => !shown.has(text)),
  ];
  return { leaked, lost };
}

export function difference(query: Query, answer: readonly Row[], expected: readonly Row[]): Difference {
  if (operationsOf(query).length > 0) return pivoted(query, answer, expected);
  return { leaked: rowsBeyond(answer, expected), lost: rowsBeyond(expected, answer) };
}
