"""`lbt selectors`: every way of choosing among recorded rationales, at equal cost. No model is called.

lbt selectors logs/full --selector "likelihood.raw:softmax(1)"
"""
