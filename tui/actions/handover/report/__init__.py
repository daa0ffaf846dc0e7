"""The report: a document of what was found in a case, from what both front ends know of it."""
