"""What the jobs need from the outside: the Protocols that `store` implements, a file for each job that brings one."""
