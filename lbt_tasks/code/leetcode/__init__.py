"""LeetCode's own problems, fetched with the user's own account: prepared as problems, and judged by LeetCode.

lbt fetch leetcode --study-plan binary-search --out raw.jsonl
lbt prepare leetcode raw.jsonl --out problems.jsonl
lbt submit leetcode --solutions best.jsonl --out official.jsonl

Nothing of LeetCode's is shipped; docs/code-data.md says what its terms of use mean for you.
"""
