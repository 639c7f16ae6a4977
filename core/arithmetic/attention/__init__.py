"""Attention in detail."""
