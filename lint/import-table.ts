import rows from "./imports.json" with { type: "json" };

/** One row of the table "Who may import whom": folders or files, and what they may import beside themselves. */
export interface ImportRow {
  readonly importers: readonly string[];
  readonly mayImport: readonly string[];
  /** Allows imports of types only. @default false */
  readonly typesOnly?: boolean;
  /** Allows AWS CDK. @default false */
  readonly cdk?: boolean;
}

/** One import statement; `target` is a path of the repository or the name of a package. */
export interface Import {
  readonly file: string;
  readonly target: string;
  /** Tells a path of the repository from a package. */
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

export const importRows: readonly ImportRow[] = rows;

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** Finds the narrowest folder of the table that holds a file, and its row. */
function rowOf(file: string): { readonly importer: string; readonly row: ImportRow } | undefined {
  return importRows
    .flatMap((row) => row.importers.filter((importer) => within(file, importer)).map((importer) => ({ importer, row })))
    .sort((left, right) => right.importer.length - left.importer.length)[0];
}

/**
 * Where other folders read the contract: its index, and what stays apart from it. Browsers read the claims; the others
 * read a folder, carry zod, are a document of a thousand lines or write it, which is not for the embed package to bundle.
 */
const contractDoors = [
  "contract/index.ts",
  "contract/claims.ts",
  "contract/dashboards.ts",
  "contract/superset-settings.ts",
  "contract/openapi.json",
  "contract/generator/json-schema.ts",
];

/** Says why an import is refused; undefined when the table allows it. */
export function refusal({ file, target, ours, typeOnly }: Import): string | undefined {
  const found = rowOf(file);
  if (found === undefined) return `${file} is in no folder of lint/imports.json: add one`;
  const { importer, row } = found;
  if (!ours) {
    if (row.cdk === true || !/^(?:aws-cdk-lib|cdk-nag)(?:\/|$)/.test(target)) return undefined;
    return `${file} imports ${target}: ${importer} knows nothing of AWS CDK; hand it plain values or an interface`;
  }
  if (within(target, importer)) return undefined;
  if (!row.mayImport.some((allowed) => within(target, allowed))) {
    return `${file} imports ${target}: ${importer} may import ${row.mayImport.join(", ") || "nothing else of ours"} (lint/imports.json)`;
  }
  if (within(target, "contract") && !contractDoors.includes(target)) {
    return `${file} imports ${target}: read the contract through contract/index.ts and export there what is missing`;
  }
  if (row.typesOnly === true && !typeOnly) return `${file} imports ${target}: ${importer} may import its types only`;
  return undefined;
}

/** Prints the table for ARCHITECTURE.md. */
export function importTable(): string {
  const lines = importRows.map(({ importers, mayImport, typesOnly, cdk }) => {
    const allowed =
      mayImport.length === 0 ? "nothing" : `${braced(mayImport)}${typesOnly === true ? " (types only)" : ""}`;
    return `| ${braced(importers)} | ${allowed} | ${cdk === true ? "yes" : "no"} |`;
  });
  return ["| folder or file | may import | AWS CDK |", "|---|---|---|", ...lines].join("\n");
}

/** Groups paths by their folder: `lib/{config,naming.ts}`. */
function braced(paths: readonly string[]): string {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const slash = path.indexOf("/");
    const folder = path.slice(0, slash + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), path.slice(slash + 1)]);
  }
  return [...folders]
    .flatMap(([folder, names]) => {
      if (folder === "" || names.length === 1) return names.map((name) => `\`${folder}${name}\``);
      return [`\`${folder}{${names.join(",")}}\``];
    })
    .join(", ");
}
