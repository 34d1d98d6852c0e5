import { Page } from "@/components/page";

export default function NotFound() {
  return <Page title="This page does not exist">Back to the contents, above.</Page>;
}
