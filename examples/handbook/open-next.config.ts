import type { OpenNextConfig } from "@opennextjs/aws/types/open-next.js";

const config: OpenNextConfig = {
  default: {},
  imageOptimization: {
    install: {
      packages: ["sharp@0.35.5"],
      os: "linux",
      arch: "x64",
      libc: "glibc",
      // OpenNext hands `arch` to npm as --arch, which npm ignores: it calls the processor `cpu`.
      additionalArgs: "--cpu=x64",
    },
  },
};

export default config;
