"""The language of claims: one expression over the shown run and pinned ones, which can do nothing but compute."""
