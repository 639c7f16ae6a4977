"""The training of the network on show, and of the pinned runs beside it: what undo finds again, going and showing."""
