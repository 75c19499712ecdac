"""A model that answers from a script, in the protocols that coding agents speak."""
