import { cookies } from "next/headers";
import { conversations } from "@/lib/conversations";
import { json } from "@/lib/json";
import { USER_CONTEXT_COOKIE, verifyUserContext } from "@/lib/user-context";

/**
 * `next build` calls this once without a request, and `cookies()` then throws "Dynamic server usage". What is
 * logged at that moment is expected: it is how Next learns that the route is rendered for each request.
 */
export async function GET() {
  try {
    const user = await verifyUserContext(cookies().get(USER_CONTEXT_COOKIE)?.value);
    return user === null ? json({ error: "Unauthorized" }, 401) : json({ data: conversations });
  } catch (error) {
    console.error("[CONVERSATIONS API] FAILED", error);
    return json({ error: "The conversations are not available" }, 500);
  }
}
