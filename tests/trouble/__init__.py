"""The parts of tests/trouble.py."""
