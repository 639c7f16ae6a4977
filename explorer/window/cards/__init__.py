"""The page of cards over the window: saved experiments to open, and the files that were open last."""
