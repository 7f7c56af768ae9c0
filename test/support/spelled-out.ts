/**
 * A value as a reviewer reads it, one fact a line: JSON inside a string stands below "JSON".
 * Text of several lines stands below "lines", unless the format of the file has a form of its own for it.
 * A string that is joined from parts is JSON too when it is with `${Reference}` in place of each part that deployment fills.
 */
export function spelledOut(value: unknown, form: { readonly hasText?: boolean } = {}): unknown {
  if (typeof value === "string") return ofString(value, form);
  if (Array.isArray(value)) return value.map((child) => spelledOut(child, form));
  if (value === null || typeof value !== "object") return value;
  const joined = "Fn::Join" in value ? decoded(textOf(value["Fn::Join"])) : undefined;
  if (joined !== undefined) return { "Fn::Join of JSON": spelledOut(joined, form) };
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, spelledOut(child, form)]));
}

function ofString(text: string, form: { readonly hasText?: boolean }): unknown {
  const json = decoded(text);
  if (json !== undefined) return { JSON: spelledOut(json, form) };
  return text.includes("\n") && form.hasText !== true ? { lines: text.split("\n") } : text;
}

function decoded(text: string | undefined): object | undefined {
  if (text === undefined || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

function textOf(join: unknown): string | undefined {
  const [separator, parts] = join as [unknown, unknown];
  if (typeof separator !== "string" || !Array.isArray(parts)) return undefined;
  return parts.map((part: unknown) => (typeof part === "string" ? part : reference(part))).join(separator);
}

/** A reference without the quotes that would end a string of JSON. */
function reference(part: unknown): string {
  return `\${${JSON.stringify(part).replace(/[{}"\\]/g, "")}}`;
}
