"""One frozen object per page: everything that its template prints, and nothing else."""
