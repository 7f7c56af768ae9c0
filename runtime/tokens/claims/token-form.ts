/**
 * A token that every library reads the same way: RFC 7515 and RFC 8259 leave room, and here is none. Superset's side is
 * token/strict.py; contract/vectors/token-forms.json holds both to the same answers.
 */
export function tokenFormProblem(token: string): string | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token) || token.endsWith("\n")) {
    return "it must be three parts of base64url without padding, joined by points";
  }
  const [header = "", payload = "", signature = ""] = token.split(".");
  for (const [name, part] of Object.entries({ header, payload, signature })) {
    const bytes = Buffer.from(part, "base64url");
    if (bytes.toString("base64url") !== part) return `its ${name} is not the one base64url text of its bytes`;
    const problem = name === "signature" ? undefined : objectProblem(bytes);
    if (problem !== undefined) return `its ${name} ${problem}`;
  }
  return undefined;
}

function objectProblem(bytes: Buffer): string | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "is not UTF-8";
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "is not JSON";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "is not a JSON object";
  return hasDuplicateMember(text) ? "names a member twice" : undefined;
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * Tells whether a JSON object names a member twice. The text has passed JSON.parse, which keeps the last of two
 * members and says nothing.
 */
function hasDuplicateMember(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let atName = false;
  for (const [found] of text.matchAll(token)) {
    const names = open.at(-1);
    if (found === "{") open.push(new Set());
    else if (found === "[") open.push(undefined);
    else if (found === "}" || found === "]") open.pop();
    else if (found.startsWith('"') && atName && names !== undefined) {
      const name = JSON.parse(found) as string;
      if (names.has(name)) return true;
      names.add(name);
    }
    atName = found === "{" || found === ",";
  }
  return false;
}
