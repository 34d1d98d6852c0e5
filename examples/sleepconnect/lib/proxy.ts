import http, { type IncomingHttpHeaders } from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import type { ProxyExternalRequest } from "@opennextjs/aws/types/overrides.js";

/**
 * Passes a rewritten request on, and its answer back as it is. OpenNext's own "node" knows https alone, and its
 * "fetch" follows redirects, keeps one of several cookies and the name of an encoding that it has undone.
 */
const proxy: ProxyExternalRequest = {
  name: "pass-through",
  proxy: ({ url, headers, method, body }) =>
    new Promise((resolve, reject) => {
      const { request } = url.startsWith("https:") ? https : http;
      const outgoing = request(url, { method, headers: kept(headers) }, (answer) => {
        const type = answer.headers["content-type"] ?? "";
        resolve({
          type: "core",
          statusCode: answer.statusCode ?? 502,
          headers: kept(answer.headers),
          isBase64Encoded: "content-encoding" in answer.headers || !/^text\/|json|javascript|xml/.test(type),
          body: Readable.toWeb(answer) as never,
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    }),
};

/** Headers of one connection stay on it, and CloudFront counts `via`: a second distribution may not be the third. */
const DROPPED = /^(host|connection|keep-alive|transfer-encoding|content-length|via|x-cache|x-amz.*)$/;

function kept(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => !DROPPED.test(name.toLowerCase()) && value !== undefined),
  ) as Record<string, string | string[]>;
}

export default proxy;
