import type { GetServerSideProps, InferGetServerSidePropsType } from "next";
import { Page } from "@/components/page";

/** Rendered for each request, for whoever asks. */
export const getServerSideProps: GetServerSideProps<{ host: string; day: string }> = async ({ req, res }) => {
  res.setHeader("cache-control", "private, no-store");
  const host = req.headers["x-forwarded-host"] ?? req.headers.host ?? "";
  return { props: { host: String(host), day: new Date().toISOString().slice(0, 10) } };
};

export default function Today({ host, day }: InferGetServerSidePropsType<typeof getServerSideProps>) {
  return (
    <Page title="Today">
      <p data-host={host}>{`It is ${day} at ${host}.`}</p>
    </Page>
  );
}
