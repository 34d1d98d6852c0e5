/** When the page was rendered: what a test or a visitor looks at to see that a cached page was renewed. */
export function RenderedAt() {
  const now = new Date().toISOString();
  return (
    <p>
      Rendered at <time data-rendered-at={now} dateTime={now}>{now}</time>.
    </p>
  );
}
