"""The stable order: rankings, deferred acceptance, and the pairs that would block an answer."""
