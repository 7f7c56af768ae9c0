import type { SecretRotation } from "../rotation-step.ts";
import { type SecretVersion, type SecretVersions, VersionConflict } from "../secret-versions.ts";
import { loginsOf } from "../../../contract/index.ts";
import type { DatabaseUser } from "./database-user.ts";
import { type LoginSecret, newPassword, parseLoginSecret } from "./login-secret.ts";

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What the rotation needs of the database. */
export interface LoginDatabase {
  /** False when the server refuses the login, or its session is not the role; a server that is gone throws. */
  opens(login: Login): Promise<boolean>;
  /** Gives `next` its password; makes the role and both logins first where they are missing. */
  setPassword(next: Login, held: { readonly current: Login; readonly previous: Login | undefined }): Promise<void>;
}

export interface DatabaseUserRotationProps {
  readonly versions: SecretVersions;
  readonly secret: string;
  readonly user: DatabaseUser;
  readonly database: LoginDatabase;
}

export class DatabaseUserRotationError extends Error {}

/**
 * The four steps of Secrets Manager for a user with two logins: only the login that nobody's secret names is changed,
 * so a connection of the current one never breaks. Each step may be repeated, killed at any point and run twice at
 * once: the pending password is named by the request, and is tried before it is set.
 */
export class DatabaseUserRotation implements SecretRotation {
  readonly #props: DatabaseUserRotationProps;

  constructor(props: DatabaseUserRotationProps) {
    this.#props = props;
  }

  async create(request: string): Promise<void> {
    const { versions, secret } = this.#props;
    if ((await versions.read(secret, { id: request })) !== undefined) return;
    const stages = await versions.stages(secret);
    const other = [...stages].find(([id, labels]) => id !== request && isPending(labels))?.[0];
    if (other !== undefined) {
      throw new DatabaseUserRotationError(
        `${secret}: rotation ${other} is not finished; finish it, or take AWSPENDING from it, before another begins`,
      );
    }
    const current = this.#parse(await this.#current());
    const username = this.#otherLogin(current.username);
    const text = JSON.stringify({ ...current, username, password: newPassword() });
    await versions.put(secret, { id: request, text }, "AWSPENDING").catch((error: unknown) => {
      // A run at the same time has put its password under this request; that is the one to go on with.
      if (!(error instanceof VersionConflict)) throw error;
    });
  }

  async set(request: string): Promise<void> {
    const unfinished = await this.#unfinished(request);
    if (unfinished === undefined) return;
    const { database } = this.#props;
    const { pending, current } = unfinished;
    if (await database.opens(pending)) return;
    await database.setPassword(pending, { current, previous: await this.#previous() }).catch(async (error: unknown) => {
      // A run at the same time may have set it, after which the earlier password no longer opens.
      if (!(await database.opens(pending).catch(() => false))) throw error;
    });
  }

  async test(request: string): Promise<void> {
    const { secret, user, database } = this.#props;
    const login = (await this.#unfinished(request))?.pending ?? this.#parse(await this.#current());
    if (!(await database.opens(login))) {
      throw new DatabaseUserRotationError(
        `${secret}: the database does not open ${login.username} as ${user.role} with the pending password; ` +
          "run the rotation again",
      );
    }
  }

  async finish(request: string): Promise<void> {
    const { versions, secret } = this.#props;
    const unfinished = await this.#unfinished(request);
    if (unfinished === undefined) return;
    await this.test(request);
    await versions.makeCurrent(secret, { to: request, from: unfinished.currentId }).catch(async (error: unknown) => {
      if (error instanceof VersionConflict && (await this.#unfinished(request)) === undefined) return;
      throw error;
    });
  }

  /** Undefined when the request is done; throws unless it is pending. */
  async #unfinished(
    request: string,
  ): Promise<{ pending: LoginSecret; current: LoginSecret; currentId: string } | undefined> {
    const { versions, secret, user } = this.#props;
    const stages = (await versions.stages(secret)).get(request) ?? [];
    if (stages.includes("AWSCURRENT")) return undefined;
    if (!stages.includes("AWSPENDING")) {
      throw new DatabaseUserRotationError(
        `${secret}: version ${request} is not AWSPENDING; another rotation has taken its place`,
      );
    }
    const version = await versions.read(secret, { id: request });
    if (version === undefined) {
      throw new DatabaseUserRotationError(`${secret}: version ${request} holds no text; createSecret first`);
    }
    const inUse = await this.#current();
    // A run at the same time has finished since.
    if (inUse.id === request) return undefined;
    const [pending, current] = [this.#parse(version), this.#parse(inUse)];
    if (pending.username !== this.#otherLogin(current.username)) {
      throw new DatabaseUserRotationError(
        `${secret}: ${pending.username} is pending and ${current.username} is in use; ` +
          `a rotation goes from one of ${loginsOf(user).join(", ")} to the other`,
      );
    }
    return { pending, current, currentId: inUse.id };
  }

  #otherLogin(username: string): string {
    const { secret, user } = this.#props;
    const logins = loginsOf(user);
    const next = logins.find((login) => login !== username);
    if (!logins.includes(username) || next === undefined) {
      throw new DatabaseUserRotationError(
        `${secret}: ${username} is no login of ${user.role}; they are ${logins.join(", ")}`,
      );
    }
    return next;
  }

  #parse({ text }: SecretVersion): LoginSecret {
    return parseLoginSecret(text, this.#props.secret);
  }

  async #current(): Promise<SecretVersion> {
    const { versions, secret } = this.#props;
    const version = await versions.read(secret, { stage: "AWSCURRENT" });
    if (version !== undefined) return version;
    throw new DatabaseUserRotationError(`${secret}: has no AWSCURRENT version; create the secret first`);
  }

  async #previous(): Promise<LoginSecret | undefined> {
    const { versions, secret } = this.#props;
    const version = await versions.read(secret, { stage: "AWSPREVIOUS" });
    return version === undefined ? undefined : this.#parse(version);
  }
}

/** What was current once is done, whatever else it is labelled. */
export function isPending(stages: readonly string[]): boolean {
  return stages.includes("AWSPENDING") && !stages.includes("AWSCURRENT") && !stages.includes("AWSPREVIOUS");
}
