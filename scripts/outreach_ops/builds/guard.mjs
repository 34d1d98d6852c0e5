// Packaged as index.mjs of the functions that have a URL; OpenNext's own index.mjs is opennext.mjs there.
// A request that did not come through CloudFront lacks the secret header, and is refused.
import { createHash, timingSafeEqual } from "node:crypto";
import { handler as application } from "./opennext.mjs";

const HEADER = "x-origin-secret";
const FORBIDDEN = {
  statusCode: 403,
  headers: { "content-type": "text/plain", "cache-control": "no-store" },
  body: "Forbidden\n",
};

const digest = (text) => createHash("sha256").update(text).digest();
// Two while the secret is rotated, none where the inventory asks for no protection.
const accepted = (process.env.ORIGIN_SECRET ?? "").split(",").filter(Boolean).map(digest);

export const handler = async (event, context) => {
  if (accepted.length === 0) return application(event, context);
  const { [HEADER]: given = "", ...headers } = event.headers ?? {};
  const sent = digest(given);
  if (!accepted.some((secret) => timingSafeEqual(secret, sent))) return FORBIDDEN;
  // The application has no use for it, and might print its headers.
  return application({ ...event, headers }, context);
};
