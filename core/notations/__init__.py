"""The textbooks' notations, one a file; `core.notation` has the visible list."""
