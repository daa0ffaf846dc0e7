"""What one machine does with a case, cut so that many can: records packed by host, the links of some hosts, their sum.

    packed.py   records of hosts as bytes, which is what travels between machines
    names.py    which part of an estate a host belongs to, and which names in a part are one machine
    events.py   the packed records of one host as engine.domain.lineage.HostEvents
    part.py     some hosts, linked: unique chains with their counts, processes as columns
    whole.py    the parts of an estate as one corpus and one table of processes, in the store's order
    picked.py   of a host the records that are to be kept, with their links

Nothing here knows an engine or a store, and nothing decides anything anew: links, chains, paths and words are those of
engine.lineage, engine.paths and engine.words.
"""
