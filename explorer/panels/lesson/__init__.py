"""The card of an open lesson: its sentence, its question, and whether its claims hold."""
