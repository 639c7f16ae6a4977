"""Lessons: steps through experiments, each with claims that are computed and questions whose answers are."""
