"""What was found, as other programs and people take it: formats of exports, pictures, documents. Pure: rows in, text out."""
