import type { NextConfig } from "next";

// At the root of its own domain, and its files beside its pages: neither basePath nor assetPrefix.
const config: NextConfig = {
  output: "standalone",
  poweredByHeader: false,
};

export default config;
