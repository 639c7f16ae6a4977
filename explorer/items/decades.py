"""The fixed decades of |gradient|: every picture runs over them from paper to full ink, every edge to full width."""

LOW, HIGH = -4.0, 0.0
