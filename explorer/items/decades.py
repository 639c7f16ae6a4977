"""The fixed decades of |gradient| over which every picture runs from paper to full ink, and every edge to full width."""

LOW, HIGH = -4.0, 0.0
