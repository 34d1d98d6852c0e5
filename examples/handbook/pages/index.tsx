import Image from "next/image";
import Link from "next/link";
import { Page } from "@/components/page";
import { articles } from "@/lib/articles";

/** A static page, made by the build. */
export default function Contents() {
  return (
    <Page title="Sleep well">
      <Image src="/cover.png" alt="The handbook" width={320} height={200} priority />
      <ul>
        {articles.map(({ slug, title }) => (
          <li key={slug}>
            <Link href={`/articles/${slug}`}>{title}</Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}
