import {createServer} from "node:http"
import {TlastError} from "../errors.ts"

/** One answer of a page server. */
export interface Page {
  readonly status?: number
  readonly type: string
  readonly body: string
}

export interface PageServer {
  readonly port: number
  stop(): Promise<void>
}

export interface PageTransport {
  /** Answers GET and POST of a path with its query; undefined is 404. Throws PORT_TAKEN. */
  serve(options: {
    readonly address: string
    readonly port: number
    readonly answer: (method: string, path: string, query: URLSearchParams) => Page | undefined
  }): Promise<PageServer>
}

/** Pages over HTTP, for a browser on this machine. */
export const http: PageTransport = {
  serve: ({address, port, answer}) =>
    new Promise((resolve, reject) => {
      const server = createServer((request, response) => {
        request.resume()
        const {host} = request.headers
        // A page of another origin must not reach a loopback server by a name that resolves here.
        const local =
          host === undefined || /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(host) || host.startsWith(address)
        const {pathname, searchParams} = new URL(request.url ?? "/", "http://board")
        const foreign = request.method === "POST" && request.headers["sec-fetch-site"] === "cross-site"
        const page = local && !foreign ? answer(request.method ?? "GET", pathname, searchParams) : undefined
        response.writeHead(page === undefined ? 404 : (page.status ?? 200), {
          "content-type": page?.type ?? "text/plain",
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
        })
        response.end(page?.body ?? "nothing here\n")
      })
      server.requestTimeout = 5000
      server.maxConnections = 64
      server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(
          new TlastError(
            {
              code: cause.code === "EADDRINUSE" ? "PORT_TAKEN" : "NOT_PERMITTED",
              where: `${address}:${port}`,
              message: cause.code === "EADDRINUSE" ? "another program listens there" : cause.message,
              hint: "take another --page port, or 0 for no page",
              exitCode: 4,
            },
            {cause},
          ),
        ),
      )
      server.listen(port, address, () => {
        const place = server.address()
        resolve({
          port: typeof place === "object" && place !== null ? place.port : port,
          stop: () =>
            new Promise((done) => {
              server.closeAllConnections()
              server.close(() => done())
            }),
        })
      })
    }),
}
