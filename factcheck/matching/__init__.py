"""A statement in, the claims that say the same out: values in, values out, neither Flask nor SQL."""
