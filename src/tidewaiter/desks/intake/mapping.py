"""Finding the mapping of a message: the one it came with, or the saved one for its header."""
