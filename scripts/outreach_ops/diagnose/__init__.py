"""From what somebody sees to its cause: each symptom of the documents as checks that only read."""
