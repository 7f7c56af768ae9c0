import { createHash } from "node:crypto";

/** The description of the load balancer's security group: the only mark of that group that a template shows. */
export const loadBalancerGroupDescription = "The load balancer: open to the internet by design";

/** Physical names that something outside CloudFormation needs, and the names of stacks. */
export class Naming {
  constructor(
    readonly environment: string,
    readonly region: string,
    /** The tenant whose instance is named: it has its own secrets and data stores. @default the shared instance */
    readonly tenant?: string,
  ) {}

  forTenant(id: string): Naming {
    return new Naming(this.environment, this.region, id);
  }

  stack(subject: string): string {
    const owner = this.tenant === undefined ? "" : `tenant-${this.tenant}-`;
    return `homeroom-${this.environment}-${this.region}-${owner}${subject}`;
  }

  /** The Kubernetes namespace of an instance. */
  get namespace(): string {
    return this.tenant === undefined ? "superset" : `tenant-${this.tenant}`;
  }

  get cluster(): string {
    return `homeroom-${this.environment}`;
  }

  get jwksSecret(): string {
    return this.secret("jwks");
  }

  get signingKeysSecret(): string {
    return this.secret("signing-keys");
  }

  secret(subject: string): string {
    return `homeroom/${this.environment}/${this.tenant === undefined ? "" : `tenant/${this.tenant}/`}${subject}`;
  }

  /**
   * The name of a user group in ElastiCache, whose users append to it, or of an RDS instance, which takes no two
   * hyphens in a row.
   */
  store(purpose: string): string {
    if (this.tenant === undefined) return `homeroom-${this.environment}-${purpose}`;
    // 40 characters hold no tenant's id, so its hash stands for it.
    const tenant = createHash("sha256").update(this.tenant).digest("hex").slice(0, 10);
    return `${this.environment}-${tenant}-${purpose}`;
  }

  /**
   * The name of a bucket, at most 63 characters. Bucket names are unique in all of AWS, so each carries the account.
   */
  bucket(subject: string, account: string): string {
    return `homeroom-${this.environment}-${account}-${subject}-${this.region}`;
  }

  /** The bucket with the copy of this region's audit archive; it is in the zone's other region. */
  auditCopyBucket(account: string): string {
    return this.bucket("audit-copy", account);
  }

  /** The vault with copies of this region's backups; it is in the zone's other region. */
  get copiesVault(): string {
    return this.backupVault("copies");
  }

  /** The alias of a key: the one name that another region can know before the key exists. */
  keyAlias(subject: string): string {
    return `alias/homeroom-${this.environment}-${subject}-${this.region}`;
  }

  backupVault(subject: string): string {
    return `homeroom-${this.environment}-${subject}-${this.region}`;
  }

  /** The name of an IAM role. IAM is global, so the name carries the region. */
  role(subject: string): string {
    return `homeroom-${this.environment}-${this.region}-${subject}`;
  }

  logGroup(subject: string): string {
    return `/${this.secret(subject)}`;
  }

  /** The name that EKS gives to the log group of the control plane. */
  get controlPlaneLog(): string {
    return `/aws/eks/${this.cluster}/cluster`;
  }

  alarm(subject: string): string {
    return `homeroom-${this.environment}-${subject}`;
  }
}
