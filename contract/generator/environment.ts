// Prints what follows from environment.json: types of the values in TypeScript and Python, zod's shape of settings and
// the page of docs/.

export interface Variable {
  readonly type: string;
  /** `setting`: operators choose it, else `default` holds. `start`: whoever starts a Superset works it out. */
  readonly source: string;
  readonly required: boolean;
  readonly description: string;
  readonly default?: string | number | boolean | undefined;
  /** The pattern of a string that operators set; it matches the whole string. */
  readonly pattern?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

export type Variables = Readonly<Record<string, Variable>>;

interface Kind {
  readonly typescript: string;
  readonly python: string;
  /** Undefined: operators cannot set a value of this type. */
  readonly zod: ((variable: Variable) => string) | undefined;
}

const text = ({ pattern }: Variable): string =>
  pattern === undefined ? "z.string().min(1)" : `z.string().regex(new RegExp(${JSON.stringify(pattern)}))`;

const whole = ({ minimum, maximum }: Variable): string =>
  ["z.int()", minimum === undefined ? "" : `.min(${minimum})`, maximum === undefined ? "" : `.max(${maximum})`].join(
    "",
  );

const kinds: Readonly<Record<string, Kind>> = {
  string: { typescript: "string", python: "str", zod: text },
  integer: { typescript: "number", python: "int", zod: whole },
  boolean: { typescript: "boolean", python: "bool", zod: () => "z.boolean()" },
  url: { typescript: "string", python: "str", zod: undefined },
  file: { typescript: "string", python: "Path", zod: undefined },
  directory: { typescript: "string", python: "Path", zod: undefined },
  origins: { typescript: "readonly string[]", python: "tuple[str, ...]", zod: undefined },
  databases: { typescript: "Readonly<Record<string, string>>", python: "Mapping[str, str]", zod: undefined },
  zones: { typescript: "Readonly<Record<string, string>>", python: "Mapping[str, str]", zod: undefined },
};

function kindOf(name: string, { type }: Variable): Kind {
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind === undefined) throw new Error(`${name}: type is "${type}"; give one of ${Object.keys(kinds).join(", ")}`);
  return kind;
}

const words = (name: string): string[] =>
  name
    .replace(/^HOMEROOM_/, "")
    .toLowerCase()
    .split("_");
const snake = (name: string): string => words(name).join("_");
const camel = (name: string): string =>
  snake(name).replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

function setting([name, variable]: readonly [string, Variable]): string {
  const { zod } = kindOf(name, variable);
  if (zod === undefined)
    throw new Error(`${name}: operators cannot set a ${variable.type}; its source must be "start"`);
  if (variable.default === undefined) throw new Error(`${name}: a setting needs a default`);
  const value = JSON.stringify(variable.default);
  return `  ${camel(name)}: ${zod(variable)}.default(${value}).describe(${JSON.stringify(variable.description)}),`;
}

function startValue([name, variable]: readonly [string, Variable]): string[] {
  const { typescript } = kindOf(name, variable);
  // An optional value is named all the same, so that the compiler sees who forgets it.
  const type = variable.required ? typescript : `${typescript} | undefined`;
  return [`  /** ${variable.description} */`, `  readonly ${camel(name)}: ${type};`];
}

/** Text of contract/superset-settings.ts. */
export function settingsTypescriptOf(variables: Variables): string {
  const all = Object.entries(variables);
  const odd = all.find(([, { source }]) => source !== "setting" && source !== "start");
  if (odd !== undefined) throw new Error(`${odd[0]}: source is "${odd[1].source}"; give setting or start`);
  return [
    "// Written by `npm run contract:write` from environment.json; change that file instead.",
    'import { z } from "zod";',
    "",
    "/** The settings that operators may give a Superset. */",
    "export const supersetSettings = z.strictObject({",
    ...all.filter(([, { source }]) => source === "setting").map(setting),
    "});",
    "",
    "export type SupersetSettings = z.output<typeof supersetSettings>;",
    "",
    "/** The values that the chart in a cluster, or the local start on one machine, works out for a Superset. */",
    "export interface StartValues {",
    ...all.filter(([, { source }]) => source === "start").flatMap(startValue),
    "}",
    "",
  ].join("\n");
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** Says which values operators may give: a pattern, a range, or all of the type. */
function allowed({ type, pattern, minimum, maximum }: Variable): string {
  if (pattern !== undefined) return `${type}, \`${pattern}\``;
  return minimum === undefined || maximum === undefined ? type : `${type}, ${minimum} to ${maximum}`;
}

/** Text of docs/environment.md. */
export function settingsPageOf(variables: Variables): string {
  const of = (source: string): [string, Variable][] =>
    Object.entries(variables).filter(([, variable]) => variable.source === source);
  return [
    "# Environment variables of Superset's processes",
    "",
    "Written by `npm run contract:write` from `contract/environment.json`; a test refuses a page that is not current.",
    "Secrets are files below `HOMEROOM_SECRETS_DIR`, never variables.",
    "",
    "## What operators may set",
    "",
    "Set it in `workload.supersetSettings` of a deployment, by the name in the second column.",
    "",
    row(["variable", "setting", "allowed", "default", "what it does"]),
    "|---|---|---|---|---|",
    ...of("setting").map(([name, variable]) =>
      row([
        `\`${name}\``,
        `\`${camel(name)}\``,
        allowed(variable),
        `\`${String(variable.default)}\``,
        variable.description,
      ]),
    ),
    "",
    "## What the start works out",
    "",
    "The chart in a cluster, or `npm start` on one machine, gives these; nobody sets them by hand.",
    "",
    row(["variable", "type", "required", "what it is"]),
    "|---|---|---|---|",
    ...of("start").map(([name, variable]) =>
      row([`\`${name}\``, allowed(variable), variable.required ? "yes" : "no", variable.description]),
    ),
    "",
  ].join("\n");
}

/** Text of superset/src/homeroom_superset/settings_fields.py. */
export function settingsPythonOf(variables: Variables): string {
  const field = ([name, variable]: readonly [string, Variable]): string => {
    const { python } = kindOf(name, variable);
    const certain = variable.required || variable.default !== undefined;
    return `    ${snake(name)}: ${certain ? python : `${python} | None`}`;
  };
  return [
    '"""Written by `npm run contract:write` from contract/environment.json; change that file instead."""',
    "",
    "from __future__ import annotations",
    "",
    "from collections.abc import Mapping",
    "from dataclasses import dataclass",
    "from pathlib import Path",
    "",
    "",
    "@dataclass(frozen=True, kw_only=True)",
    "class SettingsFields:",
    '    """The values of the environment, by the names of the variables without HOMEROOM_."""',
    "",
    ...Object.entries(variables).map(field),
    "",
  ].join("\n");
}
