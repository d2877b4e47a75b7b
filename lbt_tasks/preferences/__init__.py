"""From logs of Learning by Teaching to preference data: read, pair, write.

    lbt export-preferences logs/train --out pairs.jsonl --stats

`sources` reads logs and tables of scored rationales, `forms` shapes rows for TRL's trainers, `export` runs it all.
"""
