import type { GetStaticPaths, GetStaticProps, InferGetStaticPropsType } from "next";
import { Page } from "@/components/page";
import { articles } from "@/lib/articles";

type Props = { title: string; text: string; renderedAt: string };

export const getStaticPaths: GetStaticPaths = () => ({
  // The others are rendered for their first visitor, and kept.
  paths: [{ params: { slug: articles[0].slug } }],
  fallback: "blocking",
});

/** Kept for a minute; the next visitor then still gets it as it is, and has it rendered anew. */
export const getStaticProps: GetStaticProps<Props> = ({ params }) => {
  const article = articles.find(({ slug }) => slug === params?.slug);
  if (article === undefined) return { notFound: true, revalidate: 60 };
  const { title, text } = article;
  return { props: { title, text, renderedAt: new Date().toISOString() }, revalidate: 60 };
};

export default function ArticlePage({ title, text, renderedAt }: InferGetStaticPropsType<typeof getStaticProps>) {
  return (
    <Page title={title}>
      <p>{text}</p>
      <p>
        Rendered at <time data-rendered-at={renderedAt}>{renderedAt}</time>.
      </p>
    </Page>
  );
}
