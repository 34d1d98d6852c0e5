import type { OpenNextConfig } from "@opennextjs/aws/types/open-next.js";

const config: OpenNextConfig = {
  // Cached pages live in S3. There is no revalidation queue and no tag table, so neither may be asked.
  default: { override: { queue: "dummy", tagCache: "dummy" } },
  imageOptimization: {
    install: {
      // The version that OpenNext picks by itself downloads its binary from outside the npm registry.
      packages: ["sharp@0.33.5"],
      os: "linux",
      arch: "x64",
      libc: "glibc",
      // OpenNext hands `arch` to npm as --arch, which npm ignores: it calls the processor `cpu`.
      additionalArgs: "--cpu=x64",
    },
  },
};

export default config;
