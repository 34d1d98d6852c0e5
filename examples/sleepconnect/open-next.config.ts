import type { OpenNextConfig } from "@opennextjs/aws/types/open-next.js";

const config: OpenNextConfig = {
  default: {
    override: {
      // Nothing here is rendered again after the build.
      incrementalCache: "dummy",
      queue: "dummy",
      tagCache: "dummy",
      proxyExternalRequest: async () => (await import("./lib/proxy")).default,
    },
  },
  imageOptimization: {
    install: {
      // It has no images, but OpenNext's own choice is downloaded from outside the npm registry.
      packages: ["sharp@0.33.5"],
      os: "linux",
      arch: "x64",
      libc: "glibc",
      additionalArgs: "--cpu=x64",
    },
  },
};

export default config;
