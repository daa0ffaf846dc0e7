"""Lists of hashes of known programs: read in bounded memory, and compared with the hashes that records give of what they ran."""
