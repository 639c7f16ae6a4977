"""What a run shows, as facts from which a sentence is made: what became of the gradient going back, and why."""
