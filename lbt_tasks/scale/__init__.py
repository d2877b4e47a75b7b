"""A task over many machines: its problems in shards, models behind servers, the record in Parquet.

lbt scale lbt_tasks/qa -T data=problems.parquet --teacher MODEL --server http://gpu1:8000/v1 --out RUN
"""
