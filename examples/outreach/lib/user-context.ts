import { jwtVerify, type JWTPayload } from "jose";

export const USER_CONTEXT_COOKIE = "x-sax-user-context";

export type UserContext = {
  name: string;
  email: string;
  tenantId: string | null;
  practiceId: string | null;
  saxId: number | null;
};

/** The user that SleepConnect vouches for, or null: a caller never learns why a token was refused. */
export async function verifyUserContext(token: string | undefined): Promise<UserContext | null> {
  const secret = process.env.AUTH0_CLIENT_SECRET;
  if (!secret) {
    console.error("AUTH0_CLIENT_SECRET is not set: every user is treated as signed out");
    return null;
  }
  if (!token) return null;
  const payload = await verifiedClaims(token, secret);
  return payload && toUserContext(payload);
}

async function verifiedClaims(token: string, secret: string): Promise<JWTPayload | null> {
  const key = new TextEncoder().encode(secret);
  try {
    const options = { algorithms: ["HS256"], requiredClaims: ["sub", "exp"] };
    return (await jwtVerify(token, key, options)).payload;
  } catch {
    return null;
  }
}

function toUserContext(claims: JWTPayload): UserContext {
  return {
    name: typeof claims.name === "string" ? claims.name : "Unnamed user",
    email: typeof claims.email === "string" ? claims.email : "no e-mail address",
    tenantId: uuid(claims.tenant_id),
    practiceId: uuid(claims.practice_id),
    saxId: Number.isSafeInteger(claims.sax_id) ? (claims.sax_id as number) : null,
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function uuid(value: unknown): string | null {
  return typeof value === "string" && UUID.test(value) ? value : null;
}
