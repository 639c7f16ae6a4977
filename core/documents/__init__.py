"""What a person keeps: sessions, traces and trained runs, and what kind of file one is."""
