import type { OpenNextConfig } from "@opennextjs/aws/types/open-next.js";

const config: OpenNextConfig = {
  // OpenNext's own ways: cached pages in S3, a queue of those past their time, a table of tags.
  default: {},
  // OpenNext leaves the AWS SDK out of this one function: Lambda's runtime has it, other runtimes do not.
  initializationFunction: { install: { packages: ["@aws-sdk/client-dynamodb@3.1162.0"] } },
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
