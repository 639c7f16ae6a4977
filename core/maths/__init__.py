"""Functions beside their derivatives, declared operations, clipping, random streams. Nothing here knows a network."""
