import type { Metadata, Viewport } from "next";
import { Nav } from "@/components/nav";
import { VisitCounter } from "@/components/visit-counter";
import { version } from "@/lib/build-info";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Outreach", template: "%s | Outreach" },
  description: "SMS conversations for clinics",
};

export const viewport: Viewport = { themeColor: "#1d5c63" };

export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header className="bar">
          <Nav />
        </header>
        <main>{children}</main>
        <footer className="bar">
          <span data-version>{`v${version}`}</span>
          <VisitCounter />
        </footer>
      </body>
    </html>
  );
}
