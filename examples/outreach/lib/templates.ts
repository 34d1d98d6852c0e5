import type { UserContext } from "@/lib/user-context";

const TIMEOUT_MS = 8_000;

export class UpstreamError extends Error {}

/** Asks the templates service on the user's behalf; throws UpstreamError for anything but a JSON success. */
export async function callTemplates(user: UserContext, created?: unknown): Promise<unknown> {
  const baseUrl = process.env.API_BASE_URL;
  if (!baseUrl) throw new UpstreamError("API_BASE_URL is not set");
  const response = await send(`${baseUrl}/templates`, user, created);
  if (!response.ok) throw new UpstreamError(`the templates service answered ${response.status}`);
  return response.json().catch(() => {
    throw new UpstreamError("the templates service did not answer with JSON");
  });
}

async function send(url: string, user: UserContext, created: unknown): Promise<Response> {
  const body = created === undefined ? undefined : JSON.stringify(created);
  try {
    return await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/json", ...userHeaders(user) },
      body,
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new UpstreamError("the templates service could not be reached");
  }
}

function userHeaders(user: UserContext): Record<string, string> {
  return {
    "x-tenant-id": user.tenantId ?? "",
    "x-practice-id": user.practiceId ?? "",
    "x-sax-id": user.saxId === null ? "" : String(user.saxId),
  };
}
