"""Logs of Linux hosts that are text: auditd, Sysmon for Linux, strace."""
