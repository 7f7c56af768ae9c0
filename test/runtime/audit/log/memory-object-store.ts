import { type ObjectStore, WrittenOnce } from "../../../../runtime/audit/log/object-store.ts";

/** Objects in memory, with the rules of the real stores. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, Buffer>();

  putOnce(key: string, bytes: Buffer): Promise<void> {
    const known = this.objects.get(key);
    if (known !== undefined && !known.equals(bytes)) return Promise.reject(new WrittenOnce(key));
    return this.put(key, bytes);
  }

  put(key: string, bytes: Buffer): Promise<void> {
    this.objects.set(key, bytes);
    return Promise.resolve();
  }

  get(key: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.objects.get(key));
  }
}
