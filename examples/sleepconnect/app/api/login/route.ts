import { randomBytes } from "node:crypto";
import { NextResponse } from "next/server";
import { SECONDS, SESSION, USER_CONTEXT, userContext } from "@/lib/session";

/** Stands in for Auth0: whoever has a name is signed in. The token is in the cookie and in a header of this answer. */
export async function POST(request: Request) {
  const name = String((await request.formData()).get("name") ?? "").trim();
  if (name === "") return NextResponse.json({ error: "A name is needed" }, { status: 400 });
  const token = await userContext(name);
  const headers = { location: "/outreach/conversations", "cache-control": "no-store", [USER_CONTEXT]: token };
  const answer = new NextResponse(null, { status: 303, headers });
  const options = { httpOnly: true, secure: true, sameSite: "lax", path: "/", maxAge: SECONDS } as const;
  answer.cookies.set(SESSION, randomBytes(32).toString("base64url"), options);
  answer.cookies.set(USER_CONTEXT, token, options);
  return answer;
}
