"""What a run shows, as facts from which a sentence is made: what became of the gradient on its way back, and why."""
