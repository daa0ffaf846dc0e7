"""Sentences about estates that were ranked on workers."""
