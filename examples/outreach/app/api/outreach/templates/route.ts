import { inspect } from "node:util";
import type { NextRequest } from "next/server";
import { json } from "@/lib/json";
import { callTemplates, UpstreamError } from "@/lib/templates";
import { USER_CONTEXT_COOKIE, verifyUserContext, type UserContext } from "@/lib/user-context";

export async function GET(request: NextRequest) {
  return forUser(request, async (user) => json(await callTemplates(user)));
}

export async function POST(request: NextRequest) {
  return forUser(request, async (user) => {
    const template: unknown = await request.json().catch(() => undefined);
    if (template === undefined) return json({ error: "The body is not valid JSON" }, 400);
    return json(await callTemplates(user, template), 201);
  });
}

async function forUser(request: NextRequest, handle: (user: UserContext) => Promise<Response>) {
  console.log("[TEMPLATES API] START");
  const user = await verifyUserContext(request.cookies.get(USER_CONTEXT_COOKIE)?.value);
  if (user === null) return json({ error: "Unauthorized" }, 401);
  if (user.tenantId === null) return json({ error: "Invalid or missing tenant_id" }, 400);
  console.log(`[TEMPLATES API] Calling Lambda ${describe(user)}`);
  try {
    return await handle(user);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    console.error(`[TEMPLATES API] FAILED: ${error.message}`);
    return json({ error: "The templates service is not available" }, 502);
  }
}

/** On one line, however long: a log search reads lines. */
function describe({ tenantId, practiceId, saxId }: UserContext): string {
  return inspect({ tenant: tenantId, practice: practiceId, saxId }, { breakLength: Infinity });
}
