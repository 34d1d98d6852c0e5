import type { AppProps } from "next/app";
import "@/styles/handbook.css";

export default function App({ Component, pageProps }: AppProps) {
  return <Component {...pageProps} />;
}
