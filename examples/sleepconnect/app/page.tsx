export default function HomePage() {
  return (
    <main>
      <h1>SleepConnect</h1>
      {/* Outreach is another Next application: a plain link loads it whole. */}
      <p>
        <a href="/login">Sign in</a> · <a href="/outreach/conversations">Outreach</a>
      </p>
    </main>
  );
}
