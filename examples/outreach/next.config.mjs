/** @type {import("next").NextConfig} */
export default {
  output: "standalone",
  basePath: "/outreach",
  // Pages ask for their files at /outreach-static/_next/static/..., which the edge serves from the bucket.
  assetPrefix: "/outreach-static",
  poweredByHeader: false,
};
