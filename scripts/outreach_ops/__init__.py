"""Puts OpenNext sites live on AWS and keeps them live: the only home of this project's Python logic."""
