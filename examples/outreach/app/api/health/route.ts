import { buildId, version } from "@/lib/build-info";
import { json } from "@/lib/json";

export const dynamic = "force-dynamic";

export function GET() {
  return json({ status: "ok", version, buildId: buildId() });
}

/** Echoes JSON, so that a smoke test can prove that bodies arrive without holding any secret. */
export async function POST(request: Request) {
  try {
    return json({ ok: true, received: await request.json() });
  } catch {
    return json({ ok: false, error: "The body is not valid JSON" }, 400);
  }
}
