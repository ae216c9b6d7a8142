/**
 * What the statistics answer over HTTP.
 *
 * @module
 */

/** Makes the body of a resource. */
interface Resource {
  readonly contentType: string;
  readonly body: () => string;
}

const PLAIN_TEXT = "text/plain; charset=utf-8";

function respond(status: number, contentType: string, body: string, headers: HeadersInit = {}): Response {
  const response = new Response(body, { status, headers });
  response.headers.set("content-type", contentType);
  // What is shown is true only now.
  response.headers.set("cache-control", "no-store");
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}

/**
 * Makes the handler of all requests. HEAD is answered as GET is; the server leaves the body away.
 *
 * @param json Gives the statistics as they are now.
 * @returns A handler for `Deno.serve`.
 */
export function httpHandler(json: () => string): (request: Request) => Response {
  const statsJson: Resource = { contentType: "application/json", body: json };
  const resources = new Map<string, Resource>([
    ["/", statsJson],
    ["/stats.json", statsJson],
  ]);
  const notFound = `404 Not Found: there is ${[...resources.keys()].join(" and ")}\n`;
  return (request) => {
    // A target or a Host header that makes no URL comes through to here.
    const url = URL.parse(request.url);
    if (url === null) return respond(400, PLAIN_TEXT, "400 Bad Request: the target is no URL\n");
    const resource = resources.get(url.pathname);
    if (resource === undefined) return respond(404, PLAIN_TEXT, notFound);
    if (request.method !== "GET" && request.method !== "HEAD") {
      const text = "405 Method Not Allowed: there is GET and HEAD\n";
      return respond(405, PLAIN_TEXT, text, { allow: "GET, HEAD" });
    }
    return respond(200, resource.contentType, resource.body());
  };
}
