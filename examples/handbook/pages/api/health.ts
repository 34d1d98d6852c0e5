import type { NextApiRequest, NextApiResponse } from "next";
import { version } from "@/package.json";

/** GET: the version; POST: echoes JSON, so that a check can prove that bodies arrive. */
export default function health(request: NextApiRequest, response: NextApiResponse) {
  response.setHeader("cache-control", "no-store");
  if (request.method === "POST") return response.json({ ok: true, received: request.body });
  return response.json({ status: "ok", version });
}
