export default function LoginPage() {
  return (
    <main>
      <h1>Sign in to SleepConnect</h1>
      <form action="/api/login" method="post">
        <label htmlFor="name">Name</label> <input id="name" name="name" required />
        <button type="submit">Sign in</button>
      </form>
    </main>
  );
}
