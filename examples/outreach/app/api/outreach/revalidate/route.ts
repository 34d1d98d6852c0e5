import { revalidatePath, revalidateTag } from "next/cache";
import type { NextRequest } from "next/server";
import { json } from "@/lib/json";
import { USER_CONTEXT_COOKIE, verifyUserContext } from "@/lib/user-context";

/** Renews what is cached under {"tag": ...} or {"path": ...}, a path without the base path, for a user alone. */
export async function POST(request: NextRequest) {
  const user = await verifyUserContext(request.cookies.get(USER_CONTEXT_COOKIE)?.value);
  if (user === null) return json({ error: "Unauthorized" }, 401);
  const asked: unknown = await request.json().catch(() => null);
  if (typeof asked === "object" && asked !== null) {
    if ("tag" in asked && typeof asked.tag === "string") {
      revalidateTag(asked.tag);
      return json({ revalidated: asked.tag });
    }
    if ("path" in asked && typeof asked.path === "string") {
      revalidatePath(asked.path);
      return json({ revalidated: asked.path });
    }
  }
  return json({ error: "The body must name a tag or a path" }, 400);
}
