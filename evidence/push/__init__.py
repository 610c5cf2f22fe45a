"""What `seal-advisor push` is made of: the server's answers, a job's identity, the gate. Standard library only."""
