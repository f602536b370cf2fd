"""Errors, files, randomness and parameters: what every other floor stands on."""
