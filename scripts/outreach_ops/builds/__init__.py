"""From a checkout to an artifact: built, packaged and described."""
