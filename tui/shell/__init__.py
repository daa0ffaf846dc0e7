"""What a command needs: session, streams, exit codes, questions."""
