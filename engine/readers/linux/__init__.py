"""Logs of Linux hosts: auditd in all its forms, the journal, Sysmon for Linux, strace, execsnoop."""
