import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { CertificateFiles } from "../../local/certificates.ts";

/** PostgreSQL's request for TLS, before any password (protocol 3, section "SSL Session Encryption"). */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * The TLS of RDS and ElastiCache before a server of the local stack, which speaks plainly on the loopback. Who does not
 * begin with TLS is sent away.
 */
export class TlsGate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections that completed a handshake. */
  connections = 0;

  constructor(
    private readonly target: number,
    private readonly protocol: "postgres" | "redis",
    private readonly files: CertificateFiles,
  ) {
    this.#server = createServer((socket) => this.#take(socket));
  }

  /** Port on the loopback, which pods reach as their gateway. */
  open(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", () => {
        const address = this.#server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(socket: Socket): void {
    this.#keep(socket);
    if (this.protocol === "redis") return this.#secure(socket);
    socket.once("data", (first: Buffer) => {
      if (!first.equals(sslRequest)) return void socket.destroy();
      socket.pause();
      socket.write("S", () => this.#secure(socket));
    });
  }

  #secure(socket: Socket): void {
    const secure = new TLSSocket(socket, {
      isServer: true,
      key: readFileSync(this.files.key),
      cert: readFileSync(this.files.certificate),
    });
    this.#keep(secure);
    secure.once("secure", () => {
      this.connections += 1;
      const server = connect(this.target, "127.0.0.1");
      this.#keep(server);
      secure.pipe(server).pipe(secure);
      secure.once("close", () => server.destroy());
      server.once("close", () => secure.destroy());
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
