"""`lbt replay`: what any budget and selection rule would have made of recorded exams, without a model call.

lbt replay logs/full --budget lossless --budget thompson --rationales 16 --seeds 20
"""
