/**
 * What the build was told about its surroundings. Next replaces each `process.env.NEXT_PUBLIC_*` by its value
 * at build time, so every name is written out, and a missing one stays undefined: nothing falls back to localhost.
 */
export const publicEnv = {
  appBaseUrl: process.env.NEXT_PUBLIC_APP_BASE_URL,
  sleepConnectUrl: process.env.NEXT_PUBLIC_SLEEPCONNECT_URL,
  basePath: process.env.NEXT_PUBLIC_BASE_PATH,
  apiBaseUrl: process.env.NEXT_PUBLIC_API_BASE_URL,
  wsApiUrl: process.env.NEXT_PUBLIC_WS_API_URL,
};
