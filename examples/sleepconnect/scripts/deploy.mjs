// SleepConnect's own pipeline: `pnpm install --frozen-lockfile && node scripts/deploy.mjs staging` builds, uploads, and
// moves the alias. It knows nothing of the toolkit that deploys Outreach, and finds AWS where the ambient AWS
// variables point.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import {
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ALIAS, moveAlias, stage } from "./stage.mjs";

const { name, functionName, bucket } = stage();
const run = (command, ...args) => execFileSync(command, args, { stdio: "inherit" });
const say = (text) => console.log(`[${name}] ${text}`);

const file = parseEnv(readFileSync(`.env.${name}`, "utf8"));
Object.assign(process.env, file, { NEXT_TELEMETRY_DISABLED: "1" });
say("building");
run("pnpm", "exec", "open-next", "build");

const root = ".open-next/server-functions/default";
const zip = join(process.cwd(), ".open-next", "server.zip");
rmSync(zip, { force: true });
execFileSync("python3", ["-m", "zipfile", "-c", zip, ...readdirSync(root)], { cwd: root });

say("uploading static files");
const types = { js: "text/javascript", css: "text/css", json: "application/json", html: "text/html" };
const s3 = new S3Client({ forcePathStyle: true });
for (const entry of readdirSync(".open-next/assets", { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: path.replace(".open-next/assets/", ""),
      Body: readFileSync(path),
      ContentType: types[entry.name.split(".").pop()] ?? "application/octet-stream",
    }),
  );
}

say(`publishing ${functionName}`);
const lambda = new LambdaClient({});
await lambda.send(
  new UpdateFunctionCodeCommand({ FunctionName: functionName, ZipFile: readFileSync(zip) }),
);
await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 120, minDelay: 1 }, { FunctionName: functionName });
const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: functionName }));
await moveAlias(lambda, functionName, Version);
say(`${ALIAS} is version ${Version}`);
