"""Carries accepted node runs out: claims, calls to providers, what they answer, and what got lost."""
