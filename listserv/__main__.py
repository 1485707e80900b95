"""`python -m listserv` is the command line."""

from listserv.cli import main

main()
