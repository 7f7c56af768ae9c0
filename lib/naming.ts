/** Physical names that something outside CloudFormation needs, and the names of stacks. */
export class Naming {
  constructor(
    readonly environment: string,
    readonly region: string,
    /** A tenant with an instance of its own has its own secrets and data stores. */
    readonly tenant?: string,
  ) {}

  forTenant(id: string): Naming {
    return new Naming(this.environment, this.region, id);
  }

  stack(subject: string): string {
    return `homeroom-${this.environment}-${this.region}-${subject}`;
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

  /** Of a user group in ElastiCache, which allows 40 characters. */
  redis(purpose: string): string {
    return ["homeroom", this.environment, ...(this.tenant === undefined ? [] : [this.tenant]), purpose].join("-");
  }

  logGroup(subject: string): string {
    return `/homeroom/${this.environment}/${subject}`;
  }

  alarm(subject: string): string {
    return `homeroom-${this.environment}-${subject}`;
  }
}
