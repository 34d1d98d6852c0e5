import { SignJWT } from "jose";

export const USER_CONTEXT = "x-sax-user-context";
export const SESSION = "__session__0";
export const SECONDS = 8 * 60 * 60;

/** The clinic that everybody who signs in here works for. */
const CLINIC = {
  tenant_id: "00000000-0000-0000-0000-000000000001",
  practice_id: "00000000-0000-0000-0000-000000000020",
  sax_id: 1386,
};

/** The user's context, signed with the secret that Outreach verifies it with. */
export async function userContext(name: string): Promise<string> {
  const secret = process.env.AUTH0_CLIENT_SECRET;
  if (!secret) throw new Error("AUTH0_CLIENT_SECRET is not set");
  return new SignJWT({ name, email: "user@example.com", ...CLINIC })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(`sleepconnect|${name}`)
    .setIssuedAt()
    .setExpirationTime(`${SECONDS}s`)
    .sign(new TextEncoder().encode(secret));
}
