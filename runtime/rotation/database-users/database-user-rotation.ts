import type { SecretRotation } from "../rotation-step.ts";
import { type SecretVersion, type SecretVersions, VersionConflict } from "../secret-versions.ts";
import { ExpectedError, loginsOf } from "../../../contract/index.ts";
import type { DatabaseUser } from "./database-user.ts";
import { type LoginSecret, newPassword, parseLoginSecret } from "./login-secret.ts";

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The operations that the rotation needs from the database. */
export interface LoginDatabase {
  /**
   * Tells whether the server accepts the login and its session has the user's role. Throws when the server is
   * unreachable.
   */
  accepts(login: Login): Promise<boolean>;
  /** Sets the password of `next`, and first creates the role and both logins where they are missing. */
  setPassword(next: Login, known: { readonly current: Login; readonly previous: Login | undefined }): Promise<void>;
}

export interface DatabaseUserRotationProps {
  readonly versions: SecretVersions;
  readonly secret: string;
  readonly user: DatabaseUser;
  readonly database: LoginDatabase;
}

export class DatabaseUserRotationError extends ExpectedError {}

/**
 * The four rotation steps of Secrets Manager for a user with two logins. Only the login that the current secret does
 * not name is changed, so a connection of the current login never breaks. Each step may be repeated, killed at any
 * point and run twice at once: the request id names the pending password, which is tried before it is set.
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
    const unfinishedId = [...stages].find(([id, labels]) => id !== request && isPending(labels))?.[0];
    if (unfinishedId !== undefined) {
      throw new DatabaseUserRotationError(
        `${secret}: rotation ${unfinishedId} is not finished; finish it, or take AWSPENDING from it, before another begins`,
      );
    }
    const current = this.#parse(await this.#readCurrent());
    const username = this.#otherLogin(current.username);
    const text = JSON.stringify({ ...current, username, password: newPassword() });
    await versions.put(secret, { id: request, text }, "AWSPENDING").catch((error: unknown) => {
      // A run at the same time has stored its password under this request; the later steps use that one.
      if (!(error instanceof VersionConflict)) throw error;
    });
  }

  async set(request: string): Promise<void> {
    const unfinished = await this.#readUnfinished(request);
    if (unfinished === undefined) return;
    const { database } = this.#props;
    const { pending, current } = unfinished;
    if (await database.accepts(pending)) return;
    await database
      .setPassword(pending, { current, previous: await this.#readPrevious() })
      .catch(async (error: unknown) => {
        // A run at the same time may have set it, after which the earlier password is no longer accepted.
        if (!(await database.accepts(pending).catch(() => false))) throw error;
      });
  }

  async test(request: string): Promise<void> {
    const { secret, user, database } = this.#props;
    const login = (await this.#readUnfinished(request))?.pending ?? this.#parse(await this.#readCurrent());
    if (!(await database.accepts(login))) {
      throw new DatabaseUserRotationError(
        `${secret}: the database does not open ${login.username} as ${user.role} with the pending password; ` +
          "run the rotation again",
      );
    }
  }

  async finish(request: string): Promise<void> {
    const { versions, secret } = this.#props;
    const unfinished = await this.#readUnfinished(request);
    if (unfinished === undefined) return;
    await this.test(request);
    await versions.makeCurrent(secret, { to: request, from: unfinished.currentId }).catch(async (error: unknown) => {
      if (error instanceof VersionConflict && (await this.#readUnfinished(request)) === undefined) return;
      throw error;
    });
  }

  /**
   * Returns the pending and the current login; undefined when the request has finished. Throws when it is not pending.
   */
  async #readUnfinished(
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
    const currentVersion = await this.#readCurrent();
    // A run at the same time has finished the rotation since the stages were read.
    if (currentVersion.id === request) return undefined;
    const [pending, current] = [this.#parse(version), this.#parse(currentVersion)];
    if (pending.username !== this.#otherLogin(current.username)) {
      throw new DatabaseUserRotationError(
        `${secret}: ${pending.username} is pending and ${current.username} is in use; ` +
          `a rotation goes from one of ${loginsOf(user).join(", ")} to the other`,
      );
    }
    return { pending, current, currentId: currentVersion.id };
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

  async #readCurrent(): Promise<SecretVersion> {
    const { versions, secret } = this.#props;
    const version = await versions.read(secret, { stage: "AWSCURRENT" });
    if (version !== undefined) return version;
    throw new DatabaseUserRotationError(`${secret}: has no AWSCURRENT version; create the secret first`);
  }

  async #readPrevious(): Promise<LoginSecret | undefined> {
    const { versions, secret } = this.#props;
    const version = await versions.read(secret, { stage: "AWSPREVIOUS" });
    return version === undefined ? undefined : this.#parse(version);
  }
}

/**
 * Tells whether a version waits to become current. A version that was current once never does, whatever its other
 * stages.
 */
export function isPending(stages: readonly string[]): boolean {
  return stages.includes("AWSPENDING") && !stages.includes("AWSCURRENT") && !stages.includes("AWSPREVIOUS");
}
