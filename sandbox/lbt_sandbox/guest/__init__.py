"""What runs inside the container: standard library only, Python 3.11 and later.

The supervisor has a hardened child forked per submission, and talks to the host over its standard input and output:

    python3 -s -P -c 'import sys; sys.path.insert(0, "/opt/lbt"); from lbt_sandbox.guest.supervisor import main; main()'
"""
