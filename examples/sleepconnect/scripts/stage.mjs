import { GetAliasCommand, UpdateAliasCommand } from "@aws-sdk/client-lambda";

export const ALIAS = "live";

const STAGES = {
  staging: {
    functionName: "sax-lambda-us-east-1-0x-s-sleep-connect-server_staging",
    bucket: "assets.stage.mydreamconnect.com",
  },
};

/** The stage named on the command line. */
export function stage() {
  const name = process.argv[2];
  if (!(name in STAGES)) {
    console.error(`no stage ${name}: choose one of ${Object.keys(STAGES).join(", ")}`);
    process.exit(2);
  }
  return { name, ...STAGES[name] };
}

/** The version that users get. */
export async function liveVersion(lambda, FunctionName) {
  return (await lambda.send(new GetAliasCommand({ FunctionName, Name: ALIAS }))).FunctionVersion;
}

/** Gives users this version from now on. */
export async function moveAlias(lambda, FunctionName, FunctionVersion) {
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name: ALIAS, FunctionVersion }));
}
