// `node scripts/rollback.mjs staging` gives users the version before the one that they have.
import { LambdaClient, ListVersionsByFunctionCommand } from "@aws-sdk/client-lambda";
import { ALIAS, liveVersion, moveAlias, stage } from "./stage.mjs";

const { name, functionName } = stage();
const lambda = new LambdaClient({});
const live = Number(await liveVersion(lambda, functionName));
const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: functionName }));
const earlier = Versions.map(({ Version }) => Number(Version)).filter((version) => version < live);
if (earlier.length === 0) {
  console.error(`[${name}] there is no version before ${live}`);
  process.exit(4);
}
const previous = String(Math.max(...earlier));
await moveAlias(lambda, functionName, previous);
console.log(`[${name}] ${ALIAS} is version ${previous} again`);
