import type { Issuer } from "./config/identity.ts";

/** Physical names that something outside CloudFormation needs, and the names of stacks. */
export class Naming {
  constructor(
    readonly environment: string,
    readonly region: string,
  ) {}

  stack(subject: string): string {
    return `homeroom-${this.environment}-${this.region}-${subject}`;
  }

  get cluster(): string {
    return `homeroom-${this.environment}`;
  }

  get jwksSecret(): string {
    return this.secret("jwks");
  }

  signingKeySecret(issuer: Pick<Issuer, "id">): string {
    return this.secret(`signing-key/${issuer.id}`);
  }

  secret(subject: string): string {
    return `homeroom/${this.environment}/${subject}`;
  }

  logGroup(subject: string): string {
    return `/homeroom/${this.environment}/${subject}`;
  }

  alarm(subject: string): string {
    return `homeroom-${this.environment}-${subject}`;
  }
}
