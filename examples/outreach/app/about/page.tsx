import type { Metadata } from "next";
import Image from "next/image";
import clinic from "@/images/clinic.png";
import { publicEnv } from "@/lib/public-env";

export const metadata: Metadata = { title: "About" };

const sizes = "(max-width: 40rem) 100vw, 22rem";

const connections = [
  { label: "Outreach", value: publicEnv.appBaseUrl },
  { label: "Base path", value: publicEnv.basePath },
  { label: "SleepConnect", value: publicEnv.sleepConnectUrl },
  { label: "API", value: publicEnv.apiBaseUrl },
  { label: "WebSocket", value: publicEnv.wsApiUrl },
];

export default function AboutPage() {
  return (
    <>
      <h1>About Outreach</h1>
      <p>Outreach lets a clinic write to its patients by SMS, from inside SleepConnect.</p>
      <div className="pictures">
        <Image src={clinic} alt="A clinic under a morning sky" sizes={sizes} />
        {/* A file of public/ is named with the base path; a static import brings its own URL. */}
        <Image src="/outreach/messages.png" alt="Two messages" width={640} height={400} sizes={sizes} />
      </div>
      <h2>This build is connected to</h2>
      <dl>
        {connections.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value ?? "not set"}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
