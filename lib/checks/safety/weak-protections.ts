import type { Resource, Template } from "./template.ts";

const leastBackupDays = 7;

/** Finds protections that are off although the template is valid: linters and rule packs accept each of these. */
export function weakProtections(template: Template): string[] {
  const resources = Object.entries(template.Resources ?? {});
  const signing = new Set(resources.filter(([, resource]) => signs(resource)).map(([id]) => id));
  return resources.flatMap(([id, resource]) =>
    [...faults(resource), ...encryptsWith(signing, resource)].map((fault) => `${id} (${resource.Type}): ${fault}`),
  );
}

function faults({ Type, Properties = {} }: Resource): string[] {
  switch (Type) {
    case "AWS::S3::Bucket":
      return isEvidence(Properties["BucketName"]) && !locked(Properties)
        ? ["Object Lock is off or not in compliance mode; evidence could be deleted"]
        : [];
    case "AWS::RDS::DBInstance":
      return atLeast(Properties["BackupRetentionPeriod"], leastBackupDays)
        ? []
        : [`keeps backups for less than ${leastBackupDays} days`];
    case "AWS::Backup::BackupPlan":
      return planKeeps(Properties) ? [] : [`keeps recovery points for less than ${leastBackupDays} days`];
    case "AWS::KMS::Key":
      return keyUsage(Properties);
    default:
      return [];
  }
}

function isEvidence(name: unknown): boolean {
  return typeof name === "string" && /-audit-/.test(name);
}

function locked(properties: Readonly<Record<string, unknown>>): boolean {
  const lock = JSON.stringify(properties["ObjectLockConfiguration"] ?? {});
  return (
    properties["ObjectLockEnabled"] === true &&
    lock.includes('"Mode":"COMPLIANCE"') &&
    /"(?:Days|Years)":[1-9]/.test(lock)
  );
}

function atLeast(value: unknown, days: number): boolean {
  return typeof value === "number" && value >= days;
}

function planKeeps(properties: Readonly<Record<string, unknown>>): boolean {
  const days = [...JSON.stringify(properties).matchAll(/"DeleteAfterDays":(\d+)/g)].map(([, days]) => Number(days));
  return days.length > 0 && days.every((each) => each >= leastBackupDays);
}

function keyUsage(properties: Readonly<Record<string, unknown>>): string[] {
  const { KeySpec: spec = "SYMMETRIC_DEFAULT", KeyUsage: usage = "ENCRYPT_DECRYPT" } = properties;
  const asymmetric = typeof spec === "string" && /^(?:RSA|ECC)_/.test(spec);
  return asymmetric === (usage === "SIGN_VERIFY") ? [] : [`KeyUsage ${text(usage)} does not fit ${text(spec)}`];
}

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function signs({ Type, Properties = {} }: Resource): boolean {
  return Type === "AWS::KMS::Key" && Properties["KeyUsage"] === "SIGN_VERIFY";
}

function encryptsWith(signing: ReadonlySet<string>, { Type, Properties = {} }: Resource): string[] {
  if (Type.startsWith("AWS::IAM::") || Type === "AWS::KMS::Alias") return [];
  const whole = JSON.stringify(Properties);
  return [...signing]
    .filter((key) => whole.includes(`"Fn::GetAtt":["${key}","Arn"]`) || whole.includes(`{"Ref":"${key}"}`))
    .map((key) => `encrypts with ${key}, which can only sign`);
}
