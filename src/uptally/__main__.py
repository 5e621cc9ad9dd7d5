"""`python -m uptally`."""

from uptally.cli import main

main()
