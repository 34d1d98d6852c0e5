import packageJson from "@/package.json";

export const version = packageJson.version;

/** The BUILD_ID of the running server; OpenNext sets it, `next dev` does not. */
export const buildId = () => process.env.NEXT_BUILD_ID ?? null;
