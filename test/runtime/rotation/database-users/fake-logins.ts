import type { DatabaseUser } from "../../../../runtime/rotation/database-users/database-user.ts";
import type { Login, LoginDatabase } from "../../../../runtime/rotation/database-users/database-user-rotation.ts";
import { Killed } from "../../tokens/keys/secrets-manager-fake.ts";

/** A database that knows the passwords of two logins. */
export class FakeLogins implements LoginDatabase {
  readonly passwords = new Map<string, string>();
  calls = 0;
  /** Dies at this call, and so never makes a later one. */
  kill: { readonly call: number; readonly when: "before" | "after" } | undefined;
  readonly #user: DatabaseUser;

  constructor(user: DatabaseUser) {
    this.#user = user;
  }

  accepts({ username, password }: Login): Promise<boolean> {
    return this.#call(() => this.passwords.get(username) === password);
  }

  setPassword(next: Login, held: { current: Login; previous: Login | undefined }): Promise<void> {
    return this.#call(() => {
      if (next.username === held.current.username) throw new Error(`${this.#user.role}: the login in use was changed`);
      this.passwords.set(next.username, next.password);
      if (!this.passwords.has(held.current.username)) this.passwords.set(held.current.username, held.current.password);
    });
  }

  async #call<T>(act: () => T): Promise<T> {
    this.calls += 1;
    const dies = this.kill?.call === this.calls ? this.kill.when : undefined;
    if (this.kill !== undefined && this.calls > this.kill.call) throw new Killed();
    await new Promise((resolve) => setImmediate(resolve));
    if (dies === "before") throw new Killed();
    const result = act();
    if (dies === "after") throw new Killed();
    return result;
  }
}
