import { NextResponse } from "next/server";

/** An answer that nothing on its way may keep: it is about one user, or about this moment. */
export function json(body: unknown, status = 200): NextResponse {
  return NextResponse.json(body, { status, headers: { "cache-control": "no-store" } });
}
