import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** The members that a chart reads, by name; `true` ends a branch, below which anything may stand. */
export type Keys = true | { readonly [key: string]: Keys };

/** Paths that a chart's values.yaml names, its schema allows or a template reads, sub-charts under their own name. */
export function keysOfChart(folder: string): Keys {
  const own = [values(folder), schema(folder), ...templates(folder)].reduce<Keys>(merge, {});
  const inner = subcharts(folder).map(({ name, path }) => ({ [name]: merge(keysOfChart(path), { enabled: true }) }));
  return inner.reduce<Keys>(merge, own);
}

function values(folder: string): Keys {
  const file = join(folder, "values.yaml");
  return existsSync(file) ? keysOfValue(parse(readFileSync(file, "utf8"))) : {};
}

function keysOfValue(value: unknown): Keys {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return true;
  const entries = Object.entries(value);
  return entries.length === 0 ? true : Object.fromEntries(entries.map(([key, child]) => [key, keysOfValue(child)]));
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

function schema(folder: string): Keys {
  const file = join(folder, "values.schema.json");
  return existsSync(file) ? keysOfSchema(JSON.parse(readFileSync(file, "utf8")) as Schema) : {};
}

function keysOfSchema({ properties }: Schema): Keys {
  if (properties === undefined) return true;
  return Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, keysOfSchema(child)]));
}

const path = String.raw`\.Values((?:\.[A-Za-z_]\w*|\."[^"]+")+)`;
const read = new RegExp(path, "g");
/** A map that a template writes out, walks or hands to a helper whole: any member of it is read. */
const whole = new RegExp(
  String.raw`\b(?:toYaml|toJson|range|with|tpl|merge\w*|mustMerge\w*|dict|tuple|list|include|template)\b[^{}\n]*?[\s($]${path}(?![\w.])`,
  "g",
);

/** A member whose own name has a dot, taken whole. */
const dotted = /\bindex \.Values "([^"]+)"/g;

/** `dig "a" "b" default .Values.c` reads c.a.b. */
const dug = /\bdig ((?:"\w+" )+)\S+ \$?\.Values((?:\.\w+)*)/g;

/** Members that values.yaml shows in a comment only; values.yaml holds templates too. */
function templates(folder: string): Keys[] {
  const root = join(folder, "templates");
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ya?ml|tpl)$/.test(file))
    .map((file) => join(root, file))
    .concat(join(folder, "values.yaml"))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8"))
    .flatMap((text) => [
      ...[...text.matchAll(dug)].map(([, inner = "", outer = ""]) =>
        nested(`${outer}.${inner.trim().replaceAll('"', "").replaceAll(" ", ".")}`, true),
      ),
      ...[...text.matchAll(dotted)].map(([, name = ""]) => ({ [name]: { "*": true as const } })),
      ...[...text.matchAll(read)].map(([, found = ""]) => nested(found, true)),
      ...[...text.matchAll(whole)].map(([, found = ""]) => nested(found, { "*": true })),
    ]);
}

function nested(found: string, end: Keys): Keys {
  return found
    .slice(1)
    .split(".")
    .reduceRight<Keys>((inner, key) => ({ [key]: inner }), end);
}

function subcharts(folder: string): { name: string; path: string }[] {
  const root = join(folder, "charts");
  if (!existsSync(root)) return [];
  const { dependencies = [] } = parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as {
    dependencies?: { name: string; alias?: string }[];
  };
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, "Chart.yaml")))
    .map((entry) => ({
      name: dependencies.find(({ name }) => name === entry.name)?.alias ?? entry.name,
      path: join(root, entry.name),
    }));
}

function merge(left: Keys, right: Keys): Keys {
  // A branch that one source leaves open and another lists is what is listed: the other source only read its end.
  if (left === true) return right;
  if (right === true) return left;
  const merged: Record<string, Keys> = { ...left };
  for (const [key, child] of Object.entries(right)) {
    const known = merged[key];
    merged[key] = known === undefined ? child : merge(known, child);
  }
  return merged;
}

/** Maps that a template takes whole become open, at any depth. */
export function opened(keys: Keys): Keys {
  if (keys === true || "*" in keys) return true;
  return Object.fromEntries(Object.entries(keys).map(([key, child]) => [key, opened(child)]));
}

/** Paths of `value` that the chart does not read. */
export function unknownPaths(value: unknown, keys: Keys, path = ""): string[] {
  if (keys === true || value === null || typeof value !== "object" || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const known = keys[key];
    const here = path === "" ? key : `${path}.${key}`;
    return known === undefined ? [here] : unknownPaths(child, known, here);
  });
}
