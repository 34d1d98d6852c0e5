// A stand-in for S3's front door that costs next to nothing: what is measured is who sends, not who receives.
// node s3.mjs DELAY_MS: prints its port; takes every PUT whole, lists nothing.
import { createHash } from "node:crypto";
import http from "node:http";

const delay = Number(process.argv[2]);
const EMPTY =
  '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
  "<Name>bench</Name><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>";

function answer(request, response, hash) {
  if (request.method === "PUT") {
    response.writeHead(200, { ETag: `"${hash}"`, "content-length": 0 }).end();
  } else {
    response.writeHead(200, { "content-type": "application/xml", "content-length": EMPTY.length }).end(EMPTY);
  }
}

const server = http.createServer((request, response) => {
  const hash = createHash("md5");
  request.on("data", (part) => hash.update(part));
  request.on("end", () => setTimeout(answer, delay, request, response, hash.digest("hex")));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
