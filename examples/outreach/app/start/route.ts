import { NextResponse, type NextRequest } from "next/server";

export const dynamic = "force-dynamic";

/** Where SleepConnect's menu leads: the whole address of the conversations, at the host that the user asked. */
export function GET(request: NextRequest) {
  const host = request.headers.get("x-forwarded-host") ?? request.nextUrl.host;
  const to = new URL("/outreach/conversations", `${request.headers.get("x-forwarded-proto") ?? "https"}://${host}`);
  return NextResponse.redirect(to, 307);
}
