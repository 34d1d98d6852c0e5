"""The checklist's tests of a request's whole way: user, SleepConnect or CloudFront, Outreach, its API."""
