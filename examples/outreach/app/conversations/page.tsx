import type { Metadata } from "next";
import { cookies } from "next/headers";
import { conversations } from "@/lib/conversations";
import { publicEnv } from "@/lib/public-env";
import { USER_CONTEXT_COOKIE, verifyUserContext, type UserContext } from "@/lib/user-context";

export const metadata: Metadata = { title: "Conversations" };

export default async function ConversationsPage() {
  const user = await verifyUserContext(cookies().get(USER_CONTEXT_COOKIE)?.value);
  return user ? <Conversations user={user} /> : <SignIn />;
}

function Conversations({ user }: { user: UserContext }) {
  return (
    <>
      <h1>Conversations</h1>
      <p data-user>{`Signed in as ${user.name} (${user.email})`}</p>
      <ul className="cards">
        {conversations.map(({ id, patient, lastMessage, unread }) => (
          <li key={id}>
            <strong>{patient}</strong> {unread > 0 && <span className="badge">{unread} new</span>}
            <p>{lastMessage}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

function SignIn() {
  const url = publicEnv.sleepConnectUrl;
  return (
    <>
      <h1>Please sign in</h1>
      <p data-sign-in>
        Your conversations are here once you have signed in through{" "}
        {url ? <a href={url}>SleepConnect</a> : "SleepConnect"}.
      </p>
    </>
  );
}
